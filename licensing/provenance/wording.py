"""The verifier's findings in plain English and Chinese. Knows codes, not how they are found.

The standalone verifier has no Django and so no message catalogue: both languages stand side by side here.
"""

__all__ = ["FINDINGS", "finding", "headline", "state", "subject"]

_HEADLINES = {
    "trusted": ("the papers hold, and a signer you trust vouches for them.", "证明文件有效，由您信任的签名者担保。"),
    "broken": (
        "broken: the file or its papers were altered, or do not belong together.",
        "已损坏：文件或其证明文件被改动，或彼此不匹配。",
    ),
    "none": ("no trace of papers was found.", "未发现任何证明文件的痕迹。"),
    "unknown_signer": (
        "unaltered since it was signed, but nobody you trust vouches for the signer.",
        "签名后未被改动，但没有您信任的机构为签名者担保。",
    ),
    "withdrawn": ("the papers hold, but the piece was withdrawn.", "证明文件有效，但该作品已被撤回。"),
}
_STATES = {
    "holds": ("[holds]  ", "[成立]"),
    "note": ("[note]   ", "[注意]"),
    "fails": ("[FAILS]  ", "[不成立]"),
    "absent": ("[absent] ", "[没有]"),
    "not_checked": ("[unseen] ", "[未查]"),
}
_SUBJECTS = {
    "bytes": ("file", "文件"),
    "credential": ("credential", "内容凭证"),
    "signer": ("signer", "签名者"),
    "ingredients": ("inputs", "输入素材"),
    "record": ("record", "创作记录"),
    "bundle": ("bundle", "文件包"),
    "openings": ("openings", "承诺原值"),
    "certificate": ("licence certificate", "许可证书"),
    "log_inclusion": ("log entry", "日志条目"),
    "tree_head": ("tree head", "日志树头"),
    "time_stamp": ("time-stamp", "时间戳"),
    "key": ("signing key", "签名密钥"),
    "withdrawal": ("withdrawal", "撤回"),
    "labels": ("labels", "标识"),
    "mark": ("invisible mark", "隐形水印"),
    "words": ("words", "文字"),
}
FINDINGS = {
    "unchanged": ("Not one bit of the file changed since it was signed.", "文件自签名以来一个比特都没有改变。"),
    "bytes_altered": ("The file was altered after it was signed.", "文件在签名后被改动。"),
    "trailing_bytes": (
        "{count} foreign bytes follow the end of the file.",
        "文件结尾之后附有 {count} 个外来字节。",
    ),
    "leading_bytes": ("{count} foreign bytes stand before the picture.", "图片之前有 {count} 个外来字节。"),
    "picture_damaged": ("The file is cut off or damaged.", "文件不完整或已损坏。"),
    "bytes_not_covered": (
        "Without a readable credential nothing says what the file should be.",
        "没有可读的内容凭证，无从得知文件应有的内容。",
    ),
    "credential_sound": ("The credential is complete and its signature fits.", "内容凭证完整，签名相符。"),
    "credential_altered": (
        "The credential was altered after it was signed ({codes}).",
        "内容凭证在签名后被改动（{codes}）。",
    ),
    "credential_inexact": (
        "Something was changed or hidden in the unsigned parts of the credential.",
        "内容凭证未签名的部分被改动或夹带了内容。",
    ),
    "credential_unreadable": (
        "There are remains of a credential, but it cannot be read.",
        "存在内容凭证的痕迹，但无法读取。",
    ),
    "credential_absent": ("The file carries no credential.", "文件不含内容凭证。"),
    "archive_not_a_bundle": (
        "This archive is not a bundle. Unpack it and check the files in it one by one.",
        "该压缩包不是作品文件包。请解压后逐个核验其中的文件。",
    ),
    "signer_trusted": (
        "Signed by {signer}, whom the given certificates vouch for.",
        "由 {signer} 签名，所给证书为其担保。",
    ),
    "signer_unknown": (
        "Signed by {signer}, whom none of the given certificates vouches for.",
        "由 {signer} 签名，但所给证书均未为其担保。",
    ),
    "signer_expired": (
        "The certificate of {signer} has expired, and no time-stamp proves that the signature is older.",
        "{signer} 的证书已过期，且没有时间戳证明签名早于过期时间。",
    ),
    "signer_unread": ("Who signed is not asked while the credential fails.", "内容凭证不成立，未核查签名者。"),
    "ingredients_sound": ("Nothing is wrong with the recorded inputs.", "所记录的输入素材没有问题。"),
    "ingredients_broken": ("An input work is broken ({codes}).", "某个输入素材已损坏（{codes}）。"),
    "ingredients_unread": ("The inputs are not asked while the credential fails.", "内容凭证不成立，未核查输入素材。"),
    "record_sound": ("The record speaks of exactly this file.", "创作记录所述正是此文件。"),
    "record_corrected": (
        "A later record corrects it ({at}): {record}. The file keeps the one that it was signed with.",
        "后来的创作记录更正了它（{at}）：{record}。文件保留签名时的记录。",
    ),
    "record_sealed": (
        "The record is sealed into this file by its credential.",
        "创作记录由内容凭证封存在此文件之中。",
    ),
    "record_absent": ("The credential carries no record of this house.", "内容凭证中没有本画廊的创作记录。"),
    "record_altered": (
        "The record in the credential does not have the digest it states.",
        "内容凭证中的创作记录与其摘要不符。",
    ),
    "record_unreadable": ("The record cannot be read: {reason}", "创作记录无法读取：{reason}"),
    "record_of_another": ("The record speaks of another file.", "创作记录所述是另一个文件。"),
    "bundle_sound": (
        "Work, record, log entry and signing certificates belong together.",
        "作品、创作记录、日志条目与签名证书彼此相符。",
    ),
    "bundle_repacked": (
        "The parts belong together, but another program or another version packed them.",
        "各部分彼此相符，但文件包由其他程序或其他版本打包。",
    ),
    "certificate_sound": (
        "The house signed it, and it speaks of this very copy: {licence}, for {holder}. "
        "What is printed on its page is not compared.",
        "由本画廊签名，所述正是此副本：{licence}，持有人 {holder}。印刷页面未作比对。",
    ),
    "certificate_unread": (
        "No signed statement can be read in the licence certificate.",
        "许可证书中没有可读的签名声明。",
    ),
    "certificate_unvouched": (
        "Nobody you trust vouches for the key that signed the licence certificate.",
        "没有您信任的机构为签署许可证书的密钥担保。",
    ),
    "certificate_forged": (
        "The licence certificate was altered after it was signed.",
        "许可证书在签名后被改动。",
    ),
    "certificate_of_another": (
        "The licence certificate speaks of another copy.",
        "许可证书所述是另一个副本。",
    ),
    "bundle_mixed": (
        "The bundle mixes parts that do not belong together: {part}.",
        "文件包混有不属于同一作品的部分：{part}。",
    ),
    "bundle_damaged": ("The bundle cannot be accepted: {reason}", "文件包无法接受：{reason}"),
    "openings_sound": ("{count} sealed values open as the record says.", "{count} 个密封值与创作记录相符。"),
    "openings_wrong": ("The openings do not fit the record: {reason}", "承诺原值与创作记录不符：{reason}"),
    "openings_absent": ("The sealed values are not given.", "未提供密封值。"),
    "log_included": (
        "Entry {index} of the log names this record, content and file.",
        "日志第 {index} 条记载了此记录、内容与文件。",
    ),
    "log_included_copy": (
        "Entry {index} of the log names the original of which this file is a signed copy.",
        "日志第 {index} 条记载了原件，此文件是经签名的副本。",
    ),
    "log_not_included": ("The proof does not lead from the entry to the tree head.", "证明无法从该条目推导至树头。"),
    "log_not_given": (
        "Not given: only a bundle brings the log entry and its proof.",
        "未提供：只有文件包才附带日志条目与证明。",
    ),
    "tree_head_signed": ("Signed by the log {origin} over {size} entries.", "由日志 {origin} 签名，共 {size} 条。"),
    "tree_head_unvouched": (
        "Signed by the key in the bundle, for which nobody you trust vouches.",
        "由文件包内的密钥签名，但没有您信任的机构为其担保。",
    ),
    "tree_head_wrong": ("The tree head does not stand: {reason}", "树头不成立：{reason}"),
    "tree_head_stamped": (
        "Signed by the log {origin} over {size} entries, and stamped by an independent authority: {at}.",
        "由日志 {origin} 签名，共 {size} 条，并由独立机构加盖时间戳：{at}。",
    ),
    "tree_head_not_given": ("Not given: only a bundle brings the tree head.", "未提供：只有文件包才附带树头。"),
    "time_stamped": ("An independent time-stamp proves when it was signed: {at}.", "独立时间戳证明签名时间：{at}。"),
    "time_stamp_not_given": ("Not given.", "未提供。"),
    "key_compromised": (
        "The signer's key has been in other hands since {since}, and no time-stamp proves that the signature is older.",
        "签名密钥自 {since} 起已泄露，且没有时间戳证明签名早于此时。",
    ),
    "key_compromised_later": (
        "The signer's key has been in other hands since {since}; a time-stamp proves that the signature is older.",
        "签名密钥自 {since} 起已泄露，但时间戳证明签名早于此时。",
    ),
    "withdrawal_not_checked": ("Not checked: no list of withdrawn pieces was given.", "未核查：未提供撤回名单。"),
    "not_withdrawn": ("Not on the list of withdrawn pieces.", "不在撤回名单上。"),
    "withdrawn": ("The piece is on the list of withdrawn pieces.", "该作品在撤回名单上。"),
    "labels_unproven": (
        "A label says it is machine-made by {producer} ({produce_id}). Anybody can write a label.",
        "标识称其由 {producer} 以人工智能生成（{produce_id}）。任何人都可以写入标识。",
    ),
    "mark_found": (
        "{bits} of 64 bits are those of piece {piece}, and {distance} of 256 bits of the fingerprint differ. "
        "By chance, 56 agree once in four thousand million.",
        "64 位中有 {bits} 位与作品 {piece} 的水印一致，指纹的 256 位中有 {distance} 位不同。"
        "偶然有 56 位一致的机会为四十亿分之一。",
    ),
    "text_mark_found": (
        "{favoured} of {scored} pairs of tokens are such as the watermark of texts favours, read with the vocabulary "
        "of {checkpoint}; {expected} would be by chance. Unmarked, one text in {odds} shows as much. "
        "Anybody can imitate this mark.",
        "按 {checkpoint} 的词表读取，{scored} 对词元中有 {favoured} 对为文本水印所偏好，偶然应约为 {expected} 对。"
        "没有水印的文本约 {odds} 篇中才有一篇如此。任何人都可以仿造这种水印。",
    ),
    "words_known": (
        "These are the words of piece {piece}, every one of them.",
        "这些文字与作品 {piece} 逐字相同。",
    ),
}


def headline(outcome: str, language: str) -> str:
    return _in(_HEADLINES[outcome], language)


def state(name: str, language: str) -> str:
    return _in(_STATES[name], language)


def subject(name: str, language: str) -> str:
    return _in(_SUBJECTS[name], language)


def finding(code: str, language: str) -> str:
    """The sentence for `code`, with named places for its details."""
    return _in(FINDINGS[code], language)


def _in(pair: tuple[str, str], language: str) -> str:
    return pair[1] if language.startswith("zh") else pair[0]
