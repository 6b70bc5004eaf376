# SPDX-License-Identifier: Apache-2.0
"""Japanese strings as town offices write them, and the mails that carry them in every charset, rightly and wrongly labelled.

The strings are put together here from parts; persons, places and firms are invented. The encoders are arithmetic on Python's
cp932 and know nothing of the decoder that is tested. The same seed gives the same mails."""
import base64
import dataclasses
import functools
import random

SURNAMES = ("髙橋 山﨑 田中 佐藤 鈴木 渡邊 渡邉 齋藤 斎藤 濵田 德永 吉岡 五十嵐 長谷川 大塚 森 林 桒原 藪内 槇原 邊見 神﨑 髙木 塚本 "
            "廣瀨 黒澤 瀧本 櫻井 嶋田 曽我 曾根 阿部 安部 小野寺 西園寺 東海林 御手洗 我妻 蛯名 鵜飼 釘宮 糀谷 雫石 厨 簗瀬 纐纈").split()
GIVEN = ("太郎 花子 一郎 美咲 健 真由美 翔太 さくら ひろし ゆかり 啓介 沙織 隆 恵 拓海 七海 彩花 悠斗 智恵子 マリア ケンジ 凜 凛 "
         "惠子 實 亮 昻 琢磨 俐 珠樹 珈琲 稟 喆 祐 祥 福 靖").split()
PLACES = ("霞ヶ森市 北瀬町 南鷹野村 東大狐島 西乃郷 鴫沢 蘇我山 鷺ノ宮台 鵠見 椚谷 狢ヶ丘 曳馬原 葛ヶ谷 祇園前 飴屋敷 辻堂浜 鰺坂 鯖江田 "
          "邑南原 榛沢 砺川 楢尾 埴科台 莵田野 丗田 喜界浦 鼬ヶ岡 渚台 汐留浜 三ッ又 八ッ場 一ノ関山").split()
OFFICES = ("総務課 税務課 福祉課 市民課 危機管理室 議会事務局 教育委員会 水道局 会計管理者 選挙管理委員会 農業委員会 建設部道路維持課 "
           "情報政策課 こども家庭センター 国保・年金係 用地対策室").split()
TOPICS = ("会議資料の送付について|来週の打ち合わせの件|請求書（№12）|お見積りのお願い|災害情報～第3報～|健康診断のご案内|入札公告の訂正|"
          "説明会の開催通知（再送）|ＷＥＢ会議のＵＲＬ|住民票の写し|ご確認のほどよろしくお願いいたします|至急・要返信|工事台帳の様式|"
          "令和８年度当初予算（案）|個人情報ファイル簿|議事録の確認依頼|契約変更の協議|押印の省略について|避難所の開設状況|職員研修のお知らせ").split("|")
SENTENCES = ("いつもお世話になっております。|標記の件につきまして、下記のとおりご連絡いたします。|資料は、別添のとおりです。|"
             "期限は４月30日（水）１７時までとなります。|ご不明な点は、担当までお問い合わせください。|"
             "なお、当日は駐車場が混み合いますので、公共交通機関をご利用ください。|会場は本庁舎３階「第２会議室」です。|"
             "面積は約120㎡、高さは3.5ｍ－基礎を除く－とします。|様式①～③に記入のうえ、返送してください。|℡ 0120-000-000（内線１２）|"
             "※変更の可能性があります。|〒000-0000　霞ヶ森市中央1‐2‐3|テストメールです。|よろしくお願い申し上げます。|"
             "―― 以下は署名です ――|￥12,800（税込）を￢請求…と∥記載した|温度は－5℃～＋38℃|ありがとうございました！").split("|")
FIRMS = "㈱霞商会 北瀬建設㈱ ㈲ミナミ印刷 大狐運輸（有） (株)テクノ鷹野 鴫沢測量設計㈱ ㈹ヒガシ電工".split()
MARKS = "①②③⑩⑳ⅠⅡⅢⅳⅷ㊤㊦㊧㊨㈹№℡㎜㎝㎞㎏㏄㎡㍻㍼㍉㌔㌢㌧㌃㌶㌦∑∮∟⊿≒≡√∠∵纊鍈蓜昻仡伃侔倢﨑﨔髙黑"
KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲンァィゥェォャュョッー・ヴガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポ"
HALF = "ｶﾌﾞｼｷｶﾞｲｼｬ ﾃｽﾄ ﾔﾏﾀﾞ ﾀﾛｳ ﾊﾅｺ ｺﾞﾁｭｳｲ ﾌﾘｺﾞﾐ ﾐﾅﾐﾁｮｳ ｼﾔｸｼｮ ﾒｰﾙ ﾌｧｲﾙ ﾊﾟｽﾜｰﾄﾞ ｱﾝｹｰﾄ ﾎｯｶｲ ﾁﾖﾀﾞ".split()
ASCII = "RE: FW: [ML:01234] URL=https://www.example.jp/~taro/?id=12&x=y\\z 2026/04/01 10:30 PDF Excel Ver.2.0 <info@example.jp> $100 100% A&B".split()


def person(rng):
    return rng.choice(SURNAMES) + rng.choice(("", "　", " ")) + rng.choice(GIVEN) + rng.choice(("", "様", "さん", " 殿"))


def kana_word(rng):
    return "".join(rng.choice(KANA) for _ in range(rng.randint(3, 8)))


PIECES = (
    (20, person),
    (15, lambda rng: rng.choice(PLACES) + rng.choice(("", f"{rng.randint(1, 9)}丁目{rng.randint(1, 99)}番地", "字" + rng.choice(PLACES)[:2]))),
    (10, lambda rng: rng.choice(OFFICES)),
    (20, lambda rng: rng.choice(TOPICS)),
    (10, lambda rng: rng.choice(FIRMS)),
    (6, lambda rng: "".join(rng.choice(MARKS) for _ in range(rng.randint(1, 4)))),
    (6, kana_word),
    (6, lambda rng: rng.choice(HALF)),
    (7, lambda rng: rng.choice(ASCII)),
)


def piece(rng):
    return rng.choices([make for _, make in PIECES], [weight for weight, _ in PIECES])[0](rng)


def subject_text(rng):
    return rng.choice(("", "", " ", "　", "・", "／")).join(piece(rng) for _ in range(rng.choice((1, 1, 2, 2, 3, 4))))


def body_text(rng):
    lines = []
    for _ in range(rng.randint(1, 6)):
        lines.append(rng.choice(SENTENCES) if rng.random() < 0.6 else subject_text(rng))
    return "\n".join(line.strip(" 　") for line in lines)


@functools.lru_cache(maxsize=None)
def cp932(c):
    """NEC's selection (0xED, 0xEE) for IBM's kanji, which JIS and EUC can hold; Windows writes the other place."""
    return NEC_SELECTED.get(c) or c.encode("cp932")


@functools.lru_cache(maxsize=None)
def jis_pair(code):
    """Two octets of Shift_JIS as JIS."""
    row, cell = (code[0] - (0x81 if code[0] < 0xE0 else 0xC1)) * 2 + 0x21, code[1]
    row, cell = (row + 1, cell - 0x7E) if cell >= 0x9F else (row, cell - (0x1F if cell < 0x80 else 0x20))
    return bytes([row, cell])


def nec_selected():
    table = {}
    for lead in (0xED, 0xEE):
        for trail in range(0x40, 0xFD):
            code = bytes([lead, trail])
            try:
                table.setdefault(code.decode("cp932"), code)
            except UnicodeDecodeError:
                pass
    return table


NEC_SELECTED = nec_selected()


def jis(text):
    out, now = bytearray(), b"(B"
    for c in text:
        code = cp932(c)
        want = b"(B" if code[0] < 0x80 else b"$B" if len(code) == 2 else b"(I"
        if want != now:
            out += b"\x1b" + want
            now = want
        out += code if code[0] < 0x80 else jis_pair(code) if len(code) == 2 else bytes([code[0] & 0x7F])
    return bytes(out + (b"\x1b(B" if now != b"(B" else b""))


def euc(text):
    out = bytearray()
    for c in text:
        code = cp932(c)
        if code[0] < 0x80:
            out += code
        else:
            out += bytes(octet | 0x80 for octet in jis_pair(code)) if len(code) == 2 else b"\x8e" + code
    return bytes(out)


ENCODERS = {
    "iso-2022-jp": jis,
    "shift_jis": lambda text: text.encode("cp932"),
    "euc-jp": euc,
    "utf-8": lambda text: text.encode("utf-8"),
    "utf-16": lambda text: text.encode("utf-16"),
    "gb18030": lambda text: text.encode("gb18030"),
}
WEIGHTS = {"iso-2022-jp": 30, "shift_jis": 20, "euc-jp": 15, "utf-8": 30, "utf-16": 3, "gb18030": 2}
NAMES = {"iso-2022-jp": ("iso-2022-jp", "ISO-2022-JP-MS", "cp50221"), "shift_jis": ("Shift_JIS", "cp932", "windows-31j", "x-sjis"),
         "euc-jp": ("EUC-JP", "x-euc-jp", "cp51932"), "utf-8": ("UTF-8", "utf8"), "utf-16": ("utf-16",), "gb18030": ("gb18030", "GBK")}
# What mailers, lists and archives put there without looking.
WRONG = ("us-ascii", "utf-8", "iso-8859-1", "windows-1252", "shift_jis", "euc-jp", "iso-2022-jp", "x-unknown", "utf-7") * 3 + (
    "gb2312", "big5", "euc-kr", "windows-1251", "koi8-r", "iso-8859-2", "tis-620")
SAME = {"gb2312": "gb18030"}


@dataclasses.dataclass
class Case:
    text: str     # the truth
    place: str    # "subject" or "body"
    charset: str
    label: str    # "right", "wrong", "missing"
    named: str    # the label itself, or ""
    lost: bool    # the escape characters were lost
    split: bool   # encoded words split anywhere, inside characters too
    mail: bytes = b""

    def kind(self):
        return f"{self.charset} {self.label}{' lost-escapes' if self.lost else ''}{' split' if self.split else ''} {self.place}"


def word(label, octets, rng):
    if rng.random() < 0.5:
        return f"=?{label}?B?{base64.b64encode(octets).decode()}?="
    coded = "".join(chr(c) if chr(c).isalnum() and c < 0x80 else f"={c:02X}" for c in octets)
    return f"=?{label}?Q?{coded}?="


def words(case, octets, rng):
    """Encoded words of one coding, as a mailer makes them; split: anywhere in the octets."""
    if not case.split:
        pieces = [case.text[i:i + 12] for i in range(0, len(case.text), 12)] if case.charset != "utf-16" and not case.lost else None
        coded = [ENCODERS[case.charset](piece) for piece in pieces] if pieces else [octets]
    else:
        cuts = sorted(rng.sample(range(1, len(octets)), min(len(octets) - 1, rng.randint(1, 5)))) if len(octets) > 1 else []
        coded = [octets[a:b] for a, b in zip([0] + cuts, cuts + [len(octets)])]
    state = rng.getstate()
    made = []
    for piece in coded:
        rng.setstate(state)  # one coding for all
        made.append(word(case.named, piece, rng))
    return "\n ".join(made)


def qp(octets):
    lines = []
    for line in octets.split(b"\n"):
        coded = "".join(chr(c) if 0x21 <= c <= 0x7E and c != 0x3D else f"={c:02X}" for c in line)
        lines.append("=\n".join(coded[i:i + 72] for i in range(0, len(coded), 72)) if "=" not in coded else coded)
    return "\n".join(lines).encode()


def build(case, rng):
    octets = ENCODERS[case.charset](case.text)
    if case.lost:
        octets = octets.replace(b"\x1b", b"")
    head = b"From: a@example.jp\nDate: Tue, 1 Apr 2025 09:00:00 +0900\n"
    if case.place == "subject":
        subject = words(case, octets, rng).encode() if case.named else octets
        case.mail = head + b"Subject: " + subject + b"\n\n\n"
        return
    coding = rng.choice(("8bit", "base64", "quoted-printable")) if case.charset != "utf-16" else "base64"
    content = {"8bit": lambda: octets, "base64": lambda: base64.encodebytes(octets), "quoted-printable": lambda: qp(octets)}[coding]()
    label = f'; charset="{case.named}"' if case.named else ""
    case.mail = head + f"Content-Type: text/plain{label}\nContent-Transfer-Encoding: {coding}\n\n".encode() + content + b"\n"


def make_case(rng):
    charset = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    place = rng.choice(("subject", "body"))
    label = rng.choices(("right", "missing", "wrong"), (50, 25, 25))[0]
    if charset in ("utf-16", "gb18030"):
        label = "right"
    lost = charset == "iso-2022-jp" and label != "wrong" and rng.random() < 0.15
    text = subject_text(rng).strip(" 　") if place == "subject" else body_text(rng)
    named = {"right": lambda: rng.choice(NAMES[charset]), "missing": lambda: "",
             "wrong": lambda: rng.choice([w for w in WRONG if SAME.get(w, w) != charset])}[label]()
    split = place == "subject" and named != "" and not lost and rng.random() < 0.4
    case = Case(text, place, charset, label, named, lost, split)
    build(case, rng)
    return case


def cases(seed, n):
    rng = random.Random(seed)
    for _ in range(n):
        yield make_case(rng)
