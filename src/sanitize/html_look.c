/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an element looks: what it has by itself, what its old attributes say, style sheets, its style attribute, each
 * stronger than the one before.
 */
#include <string.h>

#include "sanitize/html_private.h"
#include "sanitize/html_sheet.h"

static MgMarker marker_of(MgPiece type) {
        switch (type.n == 1 ? *type.s : '1') {
        case 'a':
                return MG_MARKER_LOWER;
        case 'A':
                return MG_MARKER_UPPER;
        case 'i':
                return MG_MARKER_ROMAN;
        case 'I':
                return MG_MARKER_ROMAN_UPPER;
        default:
                return MG_MARKER_DECIMAL;
        }
}

/* What an element has by itself, and what its old attributes say: all of it weaker than any style. */
static void put_hints(const MgHead *head, const MgTag *tag, MgStyle *style, MgLook *look) {
        /* HTML 15.3.1: font size= in pixels. */
        static const gint32 sizes[] = {10000, 10000, 13000, 16000, 18000, 24000, 32000, 48000};
        const MgPiece *a = tag->attributes;
        MgDeclaration hint = {MG_PROPERTY_BACKGROUND, FALSE, 0};
        if (a[MG_ATTRIBUTE_bgcolor].s != NULL) {
                hint.value = mg_style_colour(a[MG_ATTRIBUTE_bgcolor].s, a[MG_ATTRIBUTE_bgcolor].n);
                mg_style_put(style, &hint, MG_WEIGHT_HINT);
        }
        if (a[MG_ATTRIBUTE_background].s != NULL) {
                hint = (MgDeclaration){MG_PROPERTY_IMAGE, FALSE, 1};
                mg_style_put(style, &hint, MG_WEIGHT_HINT);
        }
        MgPiece colour = tag->element == MG_ELEMENT_body ? a[MG_ATTRIBUTE_text] : a[MG_ATTRIBUTE_color];
        if (colour.s != NULL && (tag->element == MG_ELEMENT_body || tag->element == MG_ELEMENT_font)) {
                hint = (MgDeclaration){MG_PROPERTY_COLOUR, FALSE, mg_style_colour(colour.s, colour.n)};
                mg_style_put(style, &hint, MG_WEIGHT_HINT);
        }
        MgPiece size = a[MG_ATTRIBUTE_size];
        if (tag->element == MG_ELEMENT_font && size.n > 0)
                look->font = sizes[g_ascii_isdigit(*size.s) ? MIN(*size.s - '0', 7) : 3];
        if (tag->element == MG_ELEMENT_table && head->quirks) {
                look->font = MG_FONT_NORMAL;
                look->space = MG_SPACE_NORMAL;
        }
        if (tag->element == MG_ELEMENT_a && a[MG_ATTRIBUTE_href].s != NULL)
                look->colour = 0x0000EE;
        if (tag->element == MG_ELEMENT_pre || tag->element == MG_ELEMENT_listing)
                look->space = MG_SPACE_PRE;
        if (tag->element == MG_ELEMENT_ol)
                look->marker = marker_of(a[MG_ATTRIBUTE_type]);
        if (tag->element == MG_ELEMENT_ul || tag->element == MG_ELEMENT_menu || tag->element == MG_ELEMENT_dir)
                look->marker = MG_MARKER_DISC;
        if (a[MG_ATTRIBUTE_hidden].s != NULL || (tag->element == MG_ELEMENT_dialog && a[MG_ATTRIBUTE_open].s == NULL))
                look->display = MG_DISPLAY_NONE;
}

MgSubject mg_subject_of(const MgTag *tag) {
        return (MgSubject){.element = tag->element,
                           .name = tag->name,
                           .class = tag->attributes[MG_ATTRIBUTE_class],
                           .id = tag->attributes[MG_ATTRIBUTE_id],
                           .attributes = tag->attributes};
}

void mg_look_pass(const MgHead *head, MgTrail *trail, const MgTag *tag) {
        if (mg_sheet_selectors(head->sheet)->marks > 0) {
                MgSubject subject = mg_subject_of(tag);
                MgStyle unused = {0};
                mg_trail_place(trail, mg_trail_depth(trail), &subject);
                mg_sheet_match(head->sheet, trail, mg_trail_depth(trail), &subject, &unused);
        }
        mg_trail_pass(trail);
}

MgLook mg_look_of(const MgHead *head, MgTrail *trail, guint level, const MgTag *tag, const MgLook *outer) {
        MgLook look = *outer;
        MgStyle style;
        memset(style.weights, 0, sizeof style.weights);
        guint kind = mg_html_elements[tag->element].kind;
        look.display = (mg_html_elements[tag->element].scope & (MG_HTML_CELL | MG_HTML_TABLE | MG_HTML_ROW)) != 0
                               ? MG_DISPLAY_OWN
                       : kind == MG_HTML_BLOCK || kind == MG_HTML_TEXT ? MG_DISPLAY_BLOCK
                       : tag->element == MG_ELEMENT_button             ? MG_DISPLAY_CELL
                                                                       : MG_DISPLAY_INLINE;
        put_hints(head, tag, &style, &look);
        if (!mg_sheet_is_empty(head->sheet)) {
                MgSubject subject = mg_subject_of(tag);
                mg_trail_place(trail, level, &subject);
                mg_sheet_match(head->sheet, trail, level, &subject, &style);
        }
        MgPiece attribute = tag->attributes[MG_ATTRIBUTE_style];
        if (attribute.n > 0) {
                GArray *declarations = head->declarations;
                g_array_set_size(declarations, 0);
                mg_style_parse(attribute.s, attribute.n, declarations);
                for (guint i = 0; i < declarations->len; i++)
                        mg_style_put(&style, &g_array_index(declarations, MgDeclaration, i), MG_WEIGHT_ATTRIBUTE);
        }
        mg_style_apply(&style, &look);
        return look;
}
