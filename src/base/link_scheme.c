/* SPDX-License-Identifier: Apache-2.0 */
/* link_scheme: which words before a colon are schemes that need no slashes. */
#include <string.h>

#include "base/link_private.h"

/* Schemes that are live without slashes. Words that people write before a colon get a blank. */
static const struct {
        const char *name;
        SchemeStyle style;
} schemes[] = {
        {"about", STYLE_BLANK},
        {"acrobat", STYLE_BLANK},
        {"afp", STYLE_BRACKET},
        {"aim", STYLE_BLANK},
        {"applescript", STYLE_BRACKET},
        {"bitcoin", STYLE_BLANK},
        {"blob", STYLE_BRACKET},
        {"callto", STYLE_BRACKET},
        {"calshow", STYLE_BRACKET},
        {"chrome", STYLE_BLANK},
        {"chrome-extension", STYLE_BRACKET},
        {"cid", STYLE_BRACKET},
        {"cifs", STYLE_BRACKET},
        {"comgooglemaps", STYLE_BRACKET},
        {"data", STYLE_BLANK},
        {"discord", STYLE_BLANK},
        {"ethereum", STYLE_BRACKET},
        {"facetime", STYLE_BLANK},
        {"fax", STYLE_BLANK},
        {"fb", STYLE_BLANK},
        {"fb-messenger", STYLE_BRACKET},
        {"feed", STYLE_BLANK},
        {"file", STYLE_BLANK},
        {"filesystem", STYLE_BLANK},
        {"ftp", STYLE_BRACKET},
        {"ftps", STYLE_BRACKET},
        {"gemini", STYLE_BLANK},
        {"geo", STYLE_BLANK},
        {"git", STYLE_BLANK},
        {"googlechrome", STYLE_BRACKET},
        {"gopher", STYLE_BRACKET},
        {"h323", STYLE_BRACKET},
        {"hcp", STYLE_BRACKET},
        {"help", STYLE_BLANK},
        {"http", STYLE_BRACKET},
        {"https", STYLE_BRACKET},
        {"im", STYLE_BLANK},
        {"imap", STYLE_BRACKET},
        {"imaps", STYLE_BRACKET},
        {"instagram", STYLE_BLANK},
        {"intent", STYLE_BLANK},
        {"ipp", STYLE_BRACKET},
        {"irc", STYLE_BRACKET},
        {"its", STYLE_BLANK},
        {"jar", STYLE_BRACKET},
        {"javascript", STYLE_BRACKET},
        {"jnlp", STYLE_BRACKET},
        {"kakaotalk", STYLE_BRACKET},
        {"kindle", STYLE_BLANK},
        {"ldap", STYLE_BRACKET},
        {"ldaps", STYLE_BRACKET},
        {"lightning", STYLE_BLANK},
        {"line", STYLE_BLANK},
        {"litecoin", STYLE_BRACKET},
        {"livescript", STYLE_BRACKET},
        {"lync", STYLE_BLANK},
        {"lync15", STYLE_BRACKET},
        {"magnet", STYLE_BRACKET},
        {"mailbox", STYLE_BLANK},
        {"mailto", STYLE_BRACKET},
        {"maps", STYLE_BLANK},
        {"market", STYLE_BLANK},
        {"matrix", STYLE_BLANK},
        {"message", STYLE_BLANK},
        {"mhtml", STYLE_BRACKET},
        {"microsoft-edge", STYLE_BRACKET},
        {"mid", STYLE_BLANK},
        {"mk", STYLE_BRACKET},
        {"mms", STYLE_BRACKET},
        {"mmsh", STYLE_BRACKET},
        {"mmst", STYLE_BRACKET},
        {"mocha", STYLE_BRACKET},
        {"monero", STYLE_BLANK},
        {"moz-extension", STYLE_BRACKET},
        {"msnim", STYLE_BRACKET},
        {"msteams", STYLE_BRACKET},
        {"music", STYLE_BLANK},
        {"news", STYLE_BLANK},
        {"nfs", STYLE_BRACKET},
        {"nntp", STYLE_BRACKET},
        {"notes", STYLE_BLANK},
        {"onenote", STYLE_BLANK},
        {"outlook", STYLE_BLANK},
        {"photos", STYLE_BLANK},
        {"podcast", STYLE_BLANK},
        {"podcasts", STYLE_BLANK},
        {"pop", STYLE_BLANK},
        {"prefs", STYLE_BLANK},
        {"rdp", STYLE_BRACKET},
        {"res", STYLE_BLANK},
        {"resource", STYLE_BLANK},
        {"rlogin", STYLE_BRACKET},
        {"rtmp", STYLE_BRACKET},
        {"rtsp", STYLE_BRACKET},
        {"rtsps", STYLE_BRACKET},
        {"search", STYLE_BLANK},
        {"search-ms", STYLE_BRACKET},
        {"sftp", STYLE_BRACKET},
        {"sgnl", STYLE_BRACKET},
        {"shell", STYLE_BLANK},
        {"shortcuts", STYLE_BLANK},
        {"signal", STYLE_BLANK},
        {"sip", STYLE_BRACKET},
        {"sips", STYLE_BRACKET},
        {"skype", STYLE_BLANK},
        {"slack", STYLE_BLANK},
        {"smb", STYLE_BRACKET},
        {"sms", STYLE_BLANK},
        {"smsto", STYLE_BRACKET},
        {"snews", STYLE_BRACKET},
        {"spotify", STYLE_BLANK},
        {"ssh", STYLE_BRACKET},
        {"steam", STYLE_BLANK},
        {"svn", STYLE_BRACKET},
        {"teams", STYLE_BLANK},
        {"tel", STYLE_BLANK},
        {"telnet", STYLE_BRACKET},
        {"tg", STYLE_BRACKET},
        {"threema", STYLE_BLANK},
        {"tn3270", STYLE_BRACKET},
        {"twitter", STYLE_BLANK},
        {"urn", STYLE_BLANK},
        {"vbscript", STYLE_BRACKET},
        {"viber", STYLE_BLANK},
        {"view-source", STYLE_BRACKET},
        {"vnc", STYLE_BRACKET},
        {"vscode", STYLE_BRACKET},
        {"vscode-insiders", STYLE_BRACKET},
        {"wais", STYLE_BRACKET},
        {"webcal", STYLE_BRACKET},
        {"webcals", STYLE_BRACKET},
        {"wechat", STYLE_BLANK},
        {"weixin", STYLE_BRACKET},
        {"whatsapp", STYLE_BLANK},
        {"workflow", STYLE_BLANK},
        {"ws", STYLE_BRACKET},
        {"wss", STYLE_BRACKET},
        {"xmpp", STYLE_BRACKET},
        {"ymsgr", STYLE_BRACKET},
        {"zoommtg", STYLE_BRACKET},
        {"zoomphonecall", STYLE_BRACKET},
        {"zoomus", STYLE_BRACKET},
};

static SchemeStyle scheme_named(const guint8 *s, gsize n) {
        static const char *const families[] = {"ms-", "itms", "x-apple"}; /* what vendors add to year by year */
        const char first = g_ascii_tolower((char)s[0]);

        for (gsize i = 0; i < G_N_ELEMENTS(families); i++)
                if (families[i][0] == first && n >= strlen(families[i]) &&
                    g_ascii_strncasecmp((const char *)s, families[i], strlen(families[i])) == 0)
                        return STYLE_BRACKET;
        for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++)
                if (schemes[i].name[0] == first && strlen(schemes[i].name) == n &&
                    g_ascii_strncasecmp(schemes[i].name, (const char *)s, n) == 0)
                        return schemes[i].style;
        return STYLE_NONE;
}

SchemeStyle mg_link_scheme_before(const guint8 *s, gsize n, gsize start, gsize colon) {
        if (mg_link_is_blank(s + colon + 1, n - colon - 1))
                return STYLE_NONE;
        if (colon - start > MG_LINK_SCHEME_MAX)
                start = colon - MG_LINK_SCHEME_MAX;
        for (gsize i = start; i < colon; i++) {
                SchemeStyle style = i == start || s[i - 1] == '-' ? scheme_named(s + i, colon - i) : STYLE_NONE;

                if (style != STYLE_NONE)
                        return style;
        }
        return STYLE_NONE;
}
