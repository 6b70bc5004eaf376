/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of replies. Decides nothing: which reply a mail gets is said by its caller.
 */
#include "base/error.h"

#include <errno.h>
#include <string.h>

G_DEFINE_QUARK(mugai - error - quark, mg_error)

static const MgReplyRow replies[_MG_REPLY_N] = {
        [MG_REPLY_OK] = {"250", "2.0.0", "Ok"},
        [MG_REPLY_BUSY] = {"451", "4.3.2", "Too many messages at once, please try again later"},
        [MG_REPLY_STORE_DOWN] = {"451", "4.3.0", "Message cannot be taken now, please try again later"},
        [MG_REPLY_STORE_FULL] = {"452", "4.3.1", "Insufficient storage, please try again later"},
        [MG_REPLY_INTERNAL] = {"451", "4.3.0", "Message cannot be processed now, please try again later"},
        [MG_REPLY_STOPPING] = {"451", "4.3.2", "Service is restarting, please try again later"},
        [MG_REPLY_TOO_LARGE] = {"552", "5.3.4", "Message is larger than this system accepts"},
        [MG_REPLY_TOO_MANY_FIELDS] = {"554", "5.6.0", "Message has too many header fields"},
        [MG_REPLY_OTHER_RULES] = {"452", "4.5.3", "Please send to this recipient separately"},
        [MG_REPLY_REJECTED] = {"550", "5.7.1", "Message is not accepted"},
        [MG_REPLY_BAD_ADDRESS] = {"553", "5.1.7", "Address holds characters that are not allowed"},
};

const MgReplyRow *mg_reply(MgReply reply) {
        g_assert(reply < _MG_REPLY_N);
        return &replies[reply];
}

char *mg_reply_line(MgReply reply) {
        const MgReplyRow *row = mg_reply(reply);

        return g_strdup_printf("%s %s %s", row->code, row->status, row->text);
}

void mg_error_system(GError **error, const char *what, ...) {
        int saved = errno;
        MgErrorCode code = saved == ENOSPC || saved == EDQUOT ? MG_ERROR_FULL : MG_ERROR_SYSTEM;
        g_autofree char *text = NULL;
        va_list arguments;

        va_start(arguments, what);
        text = g_strdup_vprintf(what, arguments);
        va_end(arguments);
        g_set_error(error, MG_ERROR, code, "%s: %s", text, g_strerror(saved));
        errno = saved;
}
