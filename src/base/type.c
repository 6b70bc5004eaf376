/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names for people of media types, as a table
 *
 * Spellings are those of libmagic (file 5.44 to 5.46, as src/sanitize/spelling.c has them), beside the few that
 * src/sanitize/signature.c reports. Says what a file is and how its name ends, never whether it is safe. A row "type/"
 * names the rest of its class; it stands after the rows of that class.
 */
#include "base/type.h"

#include <string.h>

#include "base/extension.h"

#define OFFICE "application/vnd.openxmlformats-officedocument."
#define ODF "application/vnd.oasis.opendocument."

static const MgTypeName names[] = {
        /* documents */
        {"application/pdf", "PDF文書", "PDF document", .extensions = "pdf ai fdf"},
        {"application/msword", "Word文書", "Word document", .extensions = "doc dot wiz"},
        {"application/x-pocket-word", "Word文書", "Word document"},
        {OFFICE "wordprocessingml.document", "Word文書", "Word document", .extensions = "docx dotx"},
        {"application/vnd.ms-word.document.macroenabled.12", "Word文書 (マクロ付き)", "Word document with macros",
         .extensions = "docm dotm"},
        {"application/vnd.ms-excel", "Excelブック", "Excel workbook", .extensions = "xls xlt xla xlm"},
        {OFFICE "spreadsheetml.sheet", "Excelブック", "Excel workbook", .extensions = "xlsx xltx"},
        {"application/vnd.ms-excel.sheet.macroenabled.12", "Excelブック (マクロ付き)", "Excel workbook with macros",
         .extensions = "xlsm xltm xlam"},
        {"application/vnd.ms-powerpoint", "PowerPoint資料", "PowerPoint presentation", .extensions = "ppt pps pot ppa"},
        {OFFICE "presentationml.presentation", "PowerPoint資料", "PowerPoint presentation",
         .extensions = "pptx ppsx potx"},
        {"application/vnd.ms-opentype", "OpenTypeフォント", "OpenType font"},
        {"application/vnd.ms-publisher", "Publisher文書", "Publisher document", .extensions = "pub"},
        {"application/vnd.ms-project", "Project計画", "Project plan"},
        {"application/vnd.visio", "Visio図面", "Visio drawing", .extensions = "vsd vst vss"},
        {"application/vnd.ms-visio.drawing.main+xml", "Visio図面", "Visio drawing"},
        {"application/msonenote", "OneNoteセクション", "OneNote section", .extensions = "one onetoc2"},
        {"application/onenote", "OneNoteセクション", "OneNote section", .extensions = "one onetoc2"},
        {"application/x-msaccess", "Accessデータベース", "Access database"},
        {"application/msaccess", "Accessデータベース", "Access database"},
        {"application/vnd.ms-outlook", "Outlookメール", "Outlook message", .extensions = "msg oft"},
        {"application/x-ms-msg", "Outlookメール", "Outlook message", .extensions = "msg oft"},
        {"application/x-ms-oft", "Outlookテンプレート", "Outlook template"},
        {"application/vnd.ms-tnef", "Outlook形式の添付 (winmail.dat)", "Outlook attachments (winmail.dat)",
         .extensions = "dat"},
        {"application/x-ole-storage", "Office文書 (旧形式)", "Office document (old format)",
         .extensions = "doc dot xls xlt ppt pps msg oft vsd pub mpp jtd jtt jtdc jttc msi msp hwp"},
        {"application/cdfv2", "Office文書 (旧形式)", "Office document (old format)",
         .extensions = "doc dot xls xlt ppt pps msg oft vsd pub mpp jtd jtt jtdc jttc msi msp hwp"},
        {"application/vnd.ms-office", "Office文書 (旧形式)", "Office document (old format)",
         .extensions = "doc dot xls xlt ppt pps msg oft vsd pub mpp jtd jtt jtdc jttc msi msp hwp"},
        {"application/x-cdf", "Office文書 (旧形式)", "Office document (old format)"},
        {"application/encrypted", "暗号化されたOffice文書", "encrypted Office document", MG_TYPE_ENCRYPTED,
         .extensions = "doc dot xls xlt ppt pps docx docm xlsx xlsm xlsb pptx pptm"},
        {ODF "text", "OpenDocument文書", "OpenDocument text", .extensions = "odt ott"},
        {ODF "spreadsheet", "OpenDocument表計算", "OpenDocument spreadsheet", .extensions = "ods ots"},
        {ODF "presentation", "OpenDocumentプレゼンテーション", "OpenDocument presentation", .extensions = "odp otp"},
        {ODF "graphics", "OpenDocument図形", "OpenDocument drawing", .extensions = "odg otg"},
        {"application/x-ichitaro4", "一太郎文書", "Ichitaro document"},
        {"application/x-ichitaro5", "一太郎文書", "Ichitaro document"},
        {"application/x-ichitaro6", "一太郎文書", "Ichitaro document"},
        {"application/x-js-taro", "一太郎文書", "Ichitaro document", .extensions = "jtd jtt jtdc jttc"},
        {"application/vnd.fujixerox.docuworks", "DocuWorks文書", "DocuWorks document", .extensions = "xdw xbd xct"},
        {"application/vnd.fujixerox.docuworks.binder", "DocuWorksバインダー", "DocuWorks binder", .extensions = "xbd"},
        {"application/x-hwp", "ハングル文書 (HWP)", "Hangul document (HWP)", .extensions = "hwp"},
        {"application/postscript", "PostScript文書", "PostScript document", .extensions = "ps eps ai"},
        {"application/epub+zip", "電子書籍 (EPUB)", "e-book (EPUB)", .extensions = "epub"},
        {"application/vnd.lotus-1-2-3", "Lotus 1-2-3ブック", "Lotus 1-2-3 workbook"},
        {"text/rtf", "リッチテキスト文書", "rich text document", .extensions = "rtf doc"},
        {"application/rtf", "リッチテキスト文書", "rich text document", .extensions = "rtf doc"},
        /* drawings */
        {"image/vnd.dwg", "AutoCAD図面 (DWG)", "AutoCAD drawing (DWG)", .extensions = "dwg"},
        {"image/vnd.dxf", "CAD図面 (DXF)", "CAD drawing (DXF)", .extensions = "dxf"},
        {"application/x-jww", "JW_CAD図面", "JW_CAD drawing", .extensions = "jww"},
        {"application/x-jwc", "JW_CAD図面", "JW_CAD drawing", .extensions = "jwc"},
        {"image/x-jww", "JW_CAD図面", "JW_CAD drawing"},
        {"application/x-sfc", "SXF図面 (SFC)", "SXF drawing (SFC)", .extensions = "sfc sfz"},
        {"application/p21", "SXF図面 (P21)", "SXF drawing (P21)", .extensions = "p21 p2z"},
        {"model/step", "SXF・STEPデータ (P21)", "SXF or STEP data (P21)", .extensions = "p21 stp step"},
        /* archives */
        {"application/zip", "ZIP書庫", "ZIP archive", .extensions = "zip kmz sfz p2z jww xpi cbz crx vsix nupkg"},
        {"application/x-zip", "ZIP書庫", "ZIP archive"},
        {"application/x-lha", "LZH書庫", "LZH archive", .extensions = "lzh lha lzs"},
        {"application/x-lzh-compressed", "LZH書庫", "LZH archive", .extensions = "lzh lha lzs"},
        {"application/x-rar", "RAR書庫", "RAR archive", .extensions = "rar"},
        {"application/vnd.rar", "RAR書庫", "RAR archive", .extensions = "rar"},
        {"application/x-7z-compressed", "7z書庫", "7z archive", .extensions = "7z"},
        {"application/x-tar", "tar書庫", "tar archive", .extensions = "tar"},
        {"application/x-gtar", "tar書庫", "tar archive", .extensions = "tar"},
        {"application/x-ustar", "tar書庫", "tar archive", .extensions = "tar"},
        {"application/gzip", "gzip圧縮データ", "gzip compressed data", .extensions = "gz tgz svgz emz"},
        {"application/x-gzip", "gzip圧縮データ", "gzip compressed data", .extensions = "gz tgz svgz emz"},
        {"application/x-bzip2", "bzip2圧縮データ", "bzip2 compressed data", .extensions = "bz2 tbz tbz2"},
        {"application/x-xz", "xz圧縮データ", "xz compressed data", .extensions = "xz txz"},
        {"application/zstd", "zstd圧縮データ", "zstd compressed data", .extensions = "zst"},
        {"application/x-compress", "compress圧縮データ", "compress compressed data"},
        {"application/vnd.ms-cab-compressed", "CAB書庫", "CAB archive", .extensions = "cab"},
        {"application/x-arj", "ARJ書庫", "ARJ archive", .extensions = "arj"},
        {"application/x-ace-compressed", "ACE書庫", "ACE archive", .extensions = "ace"},
        {"application/x-stuffit", "StuffIt書庫", "StuffIt archive"},
        {"application/java-archive", "Java書庫 (JAR)", "Java archive (JAR)", .extensions = "jar war ear"},
        {"application/x-iso9660-image", "ディスクイメージ (ISO)", "disk image (ISO)", .extensions = "iso img"},
        {"application/x-apple-diskimage", "ディスクイメージ (DMG)", "disk image (DMG)", .extensions = "dmg"},
        {"application/x-virtualbox-vhd", "ディスクイメージ (VHD)", "disk image (VHD)", .extensions = "vhd"},
        {"application/x-ms-wim", "ディスクイメージ (WIM)", "disk image (WIM)"},
        /* what runs */
        {"application/x-dosexec", "実行ファイル (Windows)", "program (Windows)", MG_TYPE_PROGRAM,
         .extensions = "exe dll scr com sys cpl ocx pif"},
        {"application/vnd.microsoft.portable-executable", "実行ファイル (Windows)", "program (Windows)",
         MG_TYPE_PROGRAM, .extensions = "exe dll scr com sys cpl ocx pif"},
        {"application/x-ms-ne-executable", "実行ファイル (Windows)", "program (Windows)", MG_TYPE_PROGRAM,
         .extensions = "exe dll"},
        {"application/x-dosdriver", "実行ファイル (ドライバー)", "program (driver)", MG_TYPE_PROGRAM},
        {"application/x-executable", "実行ファイル", "program", MG_TYPE_PROGRAM, .extensions = "run bin out"},
        {"application/x-pie-executable", "実行ファイル", "program", MG_TYPE_PROGRAM, .extensions = "run bin out"},
        {"application/x-sharedlib", "実行ファイル (ライブラリー)", "program (library)", MG_TYPE_PROGRAM,
         .extensions = "so"},
        {"application/x-object", "実行ファイル (オブジェクト)", "program (object file)", MG_TYPE_PROGRAM},
        {"application/x-mach-binary", "実行ファイル (macOS)", "program (macOS)", MG_TYPE_PROGRAM,
         .extensions = "dylib"},
        {"application/x-msi", "インストーラー (MSI)", "installer (MSI)", MG_TYPE_PROGRAM, .extensions = "msi msp"},
        {"application/vnd.android.package-archive", "Androidアプリ (APK)", "Android package (APK)", MG_TYPE_PROGRAM,
         .extensions = "apk"},
        {"application/x-ms-shortcut", "ショートカット (LNK)", "shortcut (LNK)", MG_TYPE_PROGRAM, .extensions = "lnk"},
        {"application/x-mswinurl", "インターネット ショートカット", "Internet shortcut", MG_TYPE_PROGRAM,
         .extensions = "url website"},
        {"application/javascript", "JavaScriptプログラム", "JavaScript program", MG_TYPE_PROGRAM,
         .extensions = "js jse mjs"},
        {"text/javascript", "JavaScriptプログラム", "JavaScript program", MG_TYPE_PROGRAM, .extensions = "js jse mjs"},
        {"application/x-shockwave-flash", "Flash動画", "Flash movie", MG_TYPE_PROGRAM, .extensions = "swf"},
        {"application/vnd.ms-htmlhelp", "ヘルプ ファイル (CHM)", "help file (CHM)", MG_TYPE_PROGRAM,
         .extensions = "chm"},
        {"application/winhelp", "ヘルプ ファイル (HLP)", "help file (HLP)", MG_TYPE_PROGRAM},
        {"text/x-msdos-batch", "バッチ ファイル", "batch file", MG_TYPE_PROGRAM, .extensions = "bat cmd"},
        {"text/x-shellscript", "シェル スクリプト", "shell script", MG_TYPE_PROGRAM, .extensions = "sh command run"},
        {"text/x-script.python", "Pythonプログラム", "Python program", MG_TYPE_PROGRAM, .extensions = "py pyw"},
        {"text/x-perl", "Perlプログラム", "Perl program", MG_TYPE_PROGRAM},
        {"text/x-php", "PHPプログラム", "PHP program", MG_TYPE_PROGRAM},
        {"text/x-ruby", "Rubyプログラム", "Ruby program", MG_TYPE_PROGRAM},
        {"text/x-ms-regedit", "レジストリ設定", "registry settings", MG_TYPE_PROGRAM, .extensions = "reg"},
        /* found by structure (sanitize/identify) */
        {"application/vnd.ms-excel.sheet.binary.macroenabled.12", "Excelブック (バイナリー)", "Excel workbook (binary)",
         .extensions = "xlsb"},
        {"application/vnd.ms-powerpoint.presentation.macroenabled.12", "PowerPoint資料 (マクロ付き)",
         "PowerPoint presentation with macros", .extensions = "pptm ppsm potm ppam"},
        {"application/x-raw-disk-image", "ディスクイメージ (IMG)", "disk image (IMG)", .extensions = "img ima dsk"},
        {"application/x-ms-vhdx", "ディスクイメージ (VHDX)", "disk image (VHDX)", .extensions = "vhdx"},
        {"application/x-hta", "HTMLアプリケーション (HTA)", "HTML application (HTA)", MG_TYPE_PROGRAM,
         .extensions = "hta"},
        {"text/x-powershell", "PowerShellスクリプト", "PowerShell script", MG_TYPE_PROGRAM,
         .extensions = "ps1 psm1 psd1"},
        {"text/x-vbscript", "VBScriptプログラム", "VBScript program", MG_TYPE_PROGRAM, .extensions = "vbs vbe"},
        {"application/x-ms-wsf", "Windowsスクリプト (WSF)", "Windows script (WSF)", MG_TYPE_PROGRAM,
         .extensions = "wsf wsc sct"},
        {"text/x-desktop-entry", "起動設定 (desktop)", "desktop entry", MG_TYPE_PROGRAM, .extensions = "desktop"},
        /* sealed and signed */
        {"application/pkcs7-signature", "電子署名 (S/MIME)", "digital signature (S/MIME)", MG_TYPE_SIGNATURE},
        {"application/x-pkcs7-signature", "電子署名 (S/MIME)", "digital signature (S/MIME)", MG_TYPE_SIGNATURE},
        {"application/pkcs7-mime", "暗号化・署名データ (S/MIME)", "encrypted or signed data (S/MIME)"},
        {"application/x-pkcs7-mime", "暗号化・署名データ (S/MIME)", "encrypted or signed data (S/MIME)"},
        {"application/pgp-signature", "電子署名 (PGP)", "digital signature (PGP)", MG_TYPE_SIGNATURE},
        {"application/pgp-encrypted", "暗号化データ (PGP)", "encrypted data (PGP)", MG_TYPE_ENCRYPTED},
        {"application/pgp-keys", "公開鍵 (PGP)", "public key (PGP)"},
        {"application/x-aes-encrypted", "暗号化データ", "encrypted data", MG_TYPE_ENCRYPTED},
        {"application/x-crypt-nc", "暗号化データ", "encrypted data", MG_TYPE_ENCRYPTED},
        /* mail */
        {"message/rfc822", "メール", "message", .extensions = "eml mht mhtml txt"},
        {"message/global", "メール", "message"},
        {"message/news", "ニュース記事", "news article"},
        {"message/partial", "分割メールの一部", "fragment of a message"},
        {"message/external-body", "外部にある本文への参照", "reference to an external body"},
        {"message/delivery-status", "配送状況の通知", "delivery status"},
        {"message/disposition-notification", "開封通知", "read receipt"},
        {"text/calendar", "予定 (カレンダー)", "calendar entry", .extensions = "ics ifb vcs"},
        {"text/vcard", "連絡先 (vCard)", "contact (vCard)", .extensions = "vcf"},
        {"text/x-vcard", "連絡先 (vCard)", "contact (vCard)", .extensions = "vcf"},
        {"application/mac-binhex40", "BinHexデータ", "BinHex data"},
        {"application/x-ms-dbx", "メール フォルダー", "mail folder"},
        /* pictures */
        {"image/jpeg", "画像 (JPEG)", "picture (JPEG)", .extensions = "jpg jpeg jpe jfif"},
        {"image/png", "画像 (PNG)", "picture (PNG)", .extensions = "png"},
        {"image/gif", "画像 (GIF)", "picture (GIF)", .extensions = "gif"},
        {"image/bmp", "画像 (BMP)", "picture (BMP)", .extensions = "bmp dib"},
        {"image/x-ms-bmp", "画像 (BMP)", "picture (BMP)", .extensions = "bmp dib"},
        {"image/tiff", "画像 (TIFF)", "picture (TIFF)", .extensions = "tif tiff"},
        {"image/webp", "画像 (WebP)", "picture (WebP)", .extensions = "webp"},
        {"image/heic", "画像 (HEIC)", "picture (HEIC)"},
        {"image/heif", "画像 (HEIF)", "picture (HEIF)"},
        {"image/avif", "画像 (AVIF)", "picture (AVIF)"},
        {"image/svg+xml", "画像 (SVG)", "picture (SVG)", .extensions = "svg"},
        {"image/wmf", "画像 (WMF)", "picture (WMF)", .extensions = "wmf"},
        {"image/emf", "画像 (EMF)", "picture (EMF)", .extensions = "emf"},
        {"image/vnd.microsoft.icon", "画像 (アイコン)", "picture (icon)", .extensions = "ico cur"},
        {"image/vnd.adobe.photoshop", "画像 (Photoshop)", "picture (Photoshop)", .extensions = "psd"},
        {"image/", "画像", "picture"},
        /* sound, films, letters */
        {"audio/mpeg", "音声 (MP3)", "sound (MP3)", .extensions = "mp3"},
        {"audio/x-wav", "音声 (WAV)", "sound (WAV)", .extensions = "wav"},
        {"audio/", "音声", "sound"},
        {"video/mp4", "動画 (MP4)", "video (MP4)", .extensions = "mp4 m4v"},
        {"video/quicktime", "動画 (QuickTime)", "video (QuickTime)", .extensions = "mov"},
        {"video/x-ms-asf", "動画 (Windows Media)", "video (Windows Media)"},
        {"video/", "動画", "video"},
        {"font/", "フォント", "font"},
        {"model/", "立体データ", "model"},
        /* texts */
        {"text/plain", "テキスト", "text"},
        {"text/html", "HTML文書", "HTML document", .extensions = "html htm xhtml shtml hta mht xls doc"},
        {"application/xhtml+xml", "HTML文書", "HTML document", .extensions = "xhtml html htm"},
        {"text/csv", "CSVデータ", "CSV data"},
        {"text/xml", "XMLデータ", "XML data"},
        {"application/xml", "XMLデータ", "XML data"},
        {"application/json", "JSONデータ", "JSON data"},
        {"text/", "テキスト", "text"},
        {"message/", "メールの部分", "part of a message"},
        /* the rest */
        {"application/vnd.google-earth.kml+xml", "地図データ (KML)", "map data (KML)"},
        {"application/vnd.google-earth.kmz", "地図データ (KMZ)", "map data (KMZ)"},
        {"application/vnd.sqlite3", "データベース (SQLite)", "database (SQLite)"},
        {"application/x-dbf", "データベース (dBASE)", "database (dBASE)"},
        {"application/dicom", "医用画像 (DICOM)", "medical image (DICOM)"},
        {"inode/x-empty", "空のファイル", "empty file"},
        {"application/x-empty", "空のファイル", "empty file"},
        {"", "不明な形式", "unknown type"},
};

const MgTypeName *mg_type_name(const char *mime) {
        const MgTypeName *row = names;

        for (; row->mime[0] != '\0'; row++) {
                size_t n = strlen(row->mime);

                if (row->mime[n - 1] == '/' ? strncmp(mime, row->mime, n) == 0 : strcmp(mime, row->mime) == 0)
                        return row;
        }
        return row;
}

/* The end of a name behind its last dot, *n octets; blanks and dots behind it do not count. NULL: it has none. */
static const char *extension_of(const char *name, gsize *n) {
        gsize end = strlen(name);
        const char *dot;

        while (end > 0 && (name[end - 1] == ' ' || name[end - 1] == '.'))
                end--;
        dot = end > 0 ? memrchr(name, '.', end) : NULL;
        *n = dot ? end - (gsize)(dot + 1 - name) : 0;
        return *n > 0 ? dot + 1 : NULL;
}

/* Whether it stands in a list of words. */
static gboolean is_in(const char *list, const char *extension, gsize n) {
        for (const char *at = list; at && *at;) {
                gsize word = strcspn(at, " ");

                if (word == n && g_ascii_strncasecmp(at, extension, n) == 0)
                        return TRUE;
                at += word + (at[word] == ' ');
        }
        return FALSE;
}

static gboolean is_known(const char *extension, gsize n) {
        for (const MgTypeName *row = names; row->mime[0] != '\0'; row++)
                if (is_in(row->extensions, extension, n))
                        return TRUE;
        return FALSE;
}

gboolean mg_type_fits(const char *mime, const char *name) {
        const MgTypeName *row = mg_type_name(mime);
        gsize n;
        const char *extension = extension_of(name, &n);

        if (!extension || !row->extensions || is_in(row->extensions, extension, n))
                return TRUE;
        return row->class != MG_TYPE_PROGRAM && !is_known(extension, n);
}

/* Extensions that stand behind another one in honest names. */
static gboolean is_packing(const char *extension, gsize n) {
        return is_in("gz bz2 xz zst zip lzh lha 7z p7m p7s pgp gpg asc sig", extension, n);
}

gboolean mg_type_misleads(const char *name) {
        gsize n, before_n;
        const char *extension = extension_of(name, &n), *before;
        g_autofree char *stem = extension ? g_strndup(name, (gsize)(extension - 1 - name)) : NULL;

        if (!stem || !(is_known(extension, n) || mg_extension_runs(name)))
                return FALSE;
        if (g_str_has_suffix(stem, "   ") || g_str_has_suffix(stem, "\343\200\200"))
                return TRUE;
        before = extension_of(stem, &before_n);
        return before && is_known(before, before_n) && !is_packing(extension, n);
}
