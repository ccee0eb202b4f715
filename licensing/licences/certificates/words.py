"""What is printed on a certificate, in both languages. Chosen by the buyer's language, not by that of a request."""

from dataclasses import dataclass
from datetime import datetime

from licensing.models import Grant

__all__ = ["CHINESE", "ENGLISH", "Words", "of"]

_MONTHS = {
    1: "January",
    2: "February",
    3: "March",
    4: "April",
    5: "May",
    6: "June",
    7: "July",
    8: "August",
    9: "September",
    10: "October",
    11: "November",
    12: "December",
}


@dataclass(frozen=True, kw_only=True)
class Words:
    """The fixed words of one language; the methods put values into them."""

    certificate: str
    held_by: str
    exclusively: str
    edition: str
    unique: str
    no_edition: str
    licence: str
    version: str
    granted: str
    until: str
    made: str
    made_by: str
    record: str
    content: str
    file: str
    copy: str
    terms: str
    leaf: str
    signed: str
    look_up: str
    label: str
    foot: str
    chinese: bool

    def title(self, text: str) -> str:
        """A work's name as it is written in this language."""
        return f"《{text}》" if self.chinese and not text.startswith("《") else text

    def date(self, at: datetime) -> str:
        if self.chinese:
            return f"{at.year} 年 {at.month} 月 {at.day} 日"
        return f"{at.day} {_MONTHS[at.month]} {at.year}"

    def end_of(self, grant: Grant) -> str:
        """Until when it stands; empty where it has no end."""
        return self.until.format(day=self.date(grant.expires_at)) if grant.expires_at else ""

    def edition_of(self, grant: Grant) -> str:
        """Which edition is held, in words."""
        if grant.edition_number is None or grant.edition_size is None:
            return self.exclusively if grant.exclusive else self.no_edition
        if grant.edition_size == 1:
            return self.unique
        return self.edition.format(number=grant.edition_number, size=grant.edition_size)

    def licence_of(self, grant: Grant) -> str:
        """The licence by its title in this language."""
        title = (self.chinese and grant.terms.get("title_zh")) or grant.terms["title"]
        return self.version.format(title=title, version=grant.terms["version"])


ENGLISH = Words(
    certificate="Certificate",
    held_by="Held by",
    exclusively="Held exclusively",
    edition="Edition {number} of {size}",
    unique="Unique, the only edition",
    no_edition="Held under licence",
    licence="Licence",
    version="{title}, version {version}",
    granted="Granted",
    until="until {day}",
    made="Made",
    made_by="{maker}, {year}",
    record="Record",
    content="Content",
    file="Signed file",
    copy="Your copy",
    terms="Licence text",
    leaf="Log leaf {index}",
    signed="This statement",
    look_up="Look it up",
    label="AI-generated",
    foot=(
        "Digests are SHA-256. What is printed here stands, signed, in certificate.json inside this PDF; "
        "the signature is what counts. It says who holds which licence, and of which file. It promises no copyright."
    ),
    chinese=False,
)

CHINESE = Words(
    certificate="证书",
    held_by="持有人",
    exclusively="独家持有",
    edition="第 {number} 号，共 {size} 号",
    unique="孤品，仅此一号",
    no_edition="依许可持有",
    licence="许可",
    version="{title}，第 {version} 版",
    granted="授予日期",
    until="至 {day}",
    made="生成",
    made_by="{maker}，{year}",
    record="出处记录",
    content="内容",
    file="签名文件",
    copy="您的副本",
    terms="许可文本",
    leaf="日志第 {index} 条",
    signed="本声明",
    look_up="查验",
    label="AI 生成",
    foot=(
        "摘要均为 SHA-256。本页内容经签名存于本 PDF 所附的 certificate.json，以签名为准。"
        "它说明谁对哪个文件持有何种许可，不保证著作权。"
    ),
    chinese=True,
)


def of(language: str) -> Words:
    """The words of a language code: Chinese for any form of it, English for everything else."""
    return CHINESE if language.lower().startswith("zh") else ENGLISH
