/* SPDX-License-Identifier: Apache-2.0 */
/* The header lines above a quoted message. Its other fields are not shown. */
#include "sanitize/nested.h"

#include "sanitize/moment.h"

/* Mailboxes of one field that are shown. */
static const guint mailboxes_max = 10;

static void append_mailbox(GString *out, const MgValue *value) {
        if (value->text[0] != '\0' && value->address[0] != '\0')
                g_string_append_printf(out, "%s <%s>", value->text, value->address);
        else
                g_string_append(out, value->text[0] != '\0' ? value->text : value->address);
}

static void append_field(GString *out, const MgReading *header, MgFieldId id) {
        guint count = 0;
        for (guint i = 0; i < header->values->len; i++) {
                const MgValue *value = header->values->pdata[i];
                if (value->id != id || ++count > mailboxes_max)
                        continue;
                if (count == 1)
                        g_string_append_printf(out, "%s: ", mg_field_name(id));
                else
                        g_string_append(out, ", ");
                append_mailbox(out, value);
        }
        if (count > mailboxes_max)
                g_string_append_printf(out, ", ほか%u件 / and %u more", count - mailboxes_max, count - mailboxes_max);
        if (count > 0)
                g_string_append_c(out, '\n');
}

GString *mg_nested_head(const GArray *fields, const MgLimits *limits) {
        static const MgFieldId shown[] = {MG_FIELD_FROM, MG_FIELD_TO, MG_FIELD_CC, MG_FIELD_SUBJECT};
        GString *out = g_string_new(NULL);
        g_autoptr(MgReading) header = mg_reading_new();
        mg_header_read(fields, limits, header);
        for (gsize i = 0; i < G_N_ELEMENTS(shown); i++)
                append_field(out, header, shown[i]);
        if (header->date == MG_TIME_NONE)
                return out;
        g_string_append(out, "Date: ");
        mg_moment_append(out, header->date + header->date_zone * 60, TRUE);
        g_string_append_c(out, ' ');
        mg_moment_append_zone(out, header->date_zone * 60);
        g_string_append_c(out, '\n');
        return out;
}
