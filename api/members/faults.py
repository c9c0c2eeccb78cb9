"""What can be wrong with a member's data: for each fault a stable word, the field that it is about, and a sentence for people."""

from typing import Self

from api.errors import Rule, Text


class _Remark(Rule):
    """A stable word, the field that it is about (none where it may be any), and a sentence that never repeats the value."""

    field: str
    text: Text

    def __new__(cls, word: str, field: str, zh: str, en: str) -> Self:
        remark = str.__new__(cls, word)
        remark._value_ = word
        remark.field = field
        remark.text = Text(zh, en)
        return remark


class RosterRule(_Remark):
    """What keeps a member's data from being taken."""

    formula = "formula", "", "单元格里是公式，请改为直接填写内容。", "This cell holds a formula; type its content instead."
    cell_error = (
        "cell_error",
        "",
        "单元格里是表格程序的错误值（如#N/A），不是内容，请改为直接填写。",
        "This cell holds an error of the spreadsheet (such as #N/A) and no content; type the content instead.",
    )
    too_long = "too_long", "", "内容过长，最多{limit}个字。", "This is too long; at most {limit} characters."
    text_unreadable = (
        "text_unreadable",
        "",
        "有无法显示的字，请改为通用的字。",
        "Some characters cannot be shown; use common ones.",
    )
    flag_unreadable = "flag_unreadable", "", "请填“是”或“否”。", "Write yes (是) or no (否)."

    month_doubtful = (
        "month_doubtful",
        "",
        "分不清是1月还是10月：表格会把1998.10当成数字存为1998.1。请写成1998-01或1998-10。",
        "January or October? A spreadsheet keeps 1998.10 as the number 1998.1. Write 1998-01 or 1998-10.",
    )
    serial_doubtful = (
        "serial_doubtful",
        "",
        "这像是表格内部的日期序号，看不出从哪一天算起，也就不知道是哪天。请写成1998-07-01或1998.07。",
        "This looks like a spreadsheet's own number of a day, but not from which day it counts. Write 1998-07-01 or 1998.07.",
    )
    midnight_doubtful = (
        "midnight_doubtful",
        "",
        "时间是半夜前43秒，像是软件换算出的偏差，分不清是当天还是第二天。请写成1998-07-01。",
        "43 seconds before midnight, as some programs shift a day: this day or the next? Write 1998-07-01.",
    )

    name_missing = "name_missing", "full_name", "没有填写姓名。", "The name is missing."
    name_unreadable = (
        "name_unreadable",
        "full_name",
        "姓名过长，或含有数字、括号、无法识别的字，请按身份证填写。",
        "The name is too long or holds digits, brackets or unknown characters; write it as on the identity card.",
    )
    duplicate_person = (
        "duplicate_person",
        "full_name",
        "与{sheet}第{row}行是同一个人：姓名和出生日期（或入党日期）相同。如确为两人，请为两人都填写身份证号。",
        "The same person as in row {row}{of_sheet}, by name and day of birth or joining. If not, give both identity numbers.",
    )

    ids_alike = (
        "ids_alike",
        "national_id",
        "名册中有三个以上的身份证号只有前六位不同，请核对。",
        "More than three identity numbers of this roster differ in their first six digits alone; check them.",
    )
    id_old_format = (
        "id_old_format",
        "national_id",
        "这是15位的旧身份证号，请换成18位的。",
        "This is an old number of 15 digits; give the one of 18.",
    )
    id_lost_digits = (
        "id_lost_digits",
        "national_id",
        "身份证号被表格当成数字，末尾几位已丢失。请先把该列设为文本，再重新填写。",
        "The spreadsheet took the identity number for a number and lost its last digits. Make the column text and type it again.",
    )
    id_length = (
        "id_length",
        "national_id",
        "身份证号应为18位：17位数字，末位是数字或X。",
        "An identity number has 18 characters: 17 digits, then a digit or X.",
    )
    id_checksum = (
        "id_checksum",
        "national_id",
        "身份证号与末位校验码不符，可能填错了一位，请核对。",
        "The identity number does not fit its check character; a digit may be wrong.",
    )
    id_birth_date = (
        "id_birth_date",
        "national_id",
        "身份证号第7至14位不是真实的出生日期，请核对。",
        "Digits 7 to 14 of the identity number are not a real day of birth.",
    )
    duplicate_id = (
        "duplicate_id",
        "national_id",
        "与{sheet}第{row}行的身份证号相同，请核对。",
        "The identity number equals that of row {row}{of_sheet}.",
    )
    id_elsewhere = (
        "id_elsewhere",
        "national_id",
        "该身份证号已登记在您的管理范围之外，请联系上级组织。",
        "This identity number is registered outside your organisations; ask the one above.",
    )

    id_ask_above = (
        "id_ask_above",
        "national_id",
        "今天核对的管理范围外的身份证号已达上限，这一身份证号请联系上级组织核对，或明天再试。",
        "Too many identity numbers from outside your organisations today: ask the one above about this one, or try tomorrow.",
    )

    gender_unreadable = "gender_unreadable", "gender", "性别请填“男”或“女”。", "Write male (男) or female (女)."
    gender_contradicts_id = (
        "gender_contradicts_id",
        "gender",
        "性别与身份证号第17位不符，请核对。",
        "The gender does not fit digit 17 of the identity number.",
    )

    birth_unreadable = (
        "birth_unreadable",
        "birth_date",
        "看不懂出生日期，请写成1998-07-01或1998.07。",
        "The date of birth cannot be read; write 1998-07-01 or 1998.07.",
    )
    birth_future = "birth_future", "birth_date", "出生日期在今天之后。", "The date of birth is in the future."
    birth_contradicts_id = (
        "birth_contradicts_id",
        "birth_date",
        "出生日期与身份证号不符，请核对。",
        "The date of birth does not fit the identity number.",
    )

    joined_missing = "joined_missing", "joined_on", "没有填写入党日期。", "The date of joining is missing."
    joined_unreadable = (
        "joined_unreadable",
        "joined_on",
        "看不懂入党日期，请写成1998-07-01或1998.07。",
        "The date of joining cannot be read; write 1998-07-01 or 1998.07.",
    )
    joined_future = "joined_future", "joined_on", "入党日期在今天之后。", "The date of joining is in the future."
    joined_before_birth = "joined_before_birth", "joined_on", "入党日期早于出生日期。", "The date of joining is before birth."

    confirmed_unreadable = (
        "confirmed_unreadable",
        "confirmed_on",
        "看不懂转正日期，请写成1998-07-01或1998.07；没有的填“无”。",
        "The date of full membership cannot be read; write 1998-07-01 or 1998.07, or leave it empty.",
    )
    confirmed_future = "confirmed_future", "confirmed_on", "转正日期在今天之后。", "The date of full membership is in the future."
    confirmed_before_joined = (
        "confirmed_before_joined",
        "confirmed_on",
        "转正日期早于入党日期。",
        "The date of full membership is before that of joining.",
    )

    branch_missing = (
        "branch_missing",
        "branch_name",
        "没有填写所在党支部；整份名册属于同一支部的，请在导入时指定该支部。",
        "The branch is missing; if the whole roster is of one branch, name that branch when importing.",
    )
    unknown_branch = (
        "unknown_branch",
        "branch_name",
        "您管理的组织中没有这个党支部，请核对名称。",
        "None of your organisations has this name.",
    )
    ambiguous_branch = (
        "ambiguous_branch",
        "branch_name",
        "有几个党组织叫这个名称，请写全称或组织编码。",
        "Several organisations have this name; write its full name or its code.",
    )
    closed_branch = "closed_branch", "branch_name", "这个党组织已撤销。", "This organisation has been closed."

    phone_short = (
        "phone_short",
        "mobile",
        "电话号码位数不够：手机号为11位，座机请带区号。",
        "The telephone number is too short: a mobile has 11 digits; a landline needs its area code.",
    )
    phone_unreadable = (
        "phone_unreadable",
        "mobile",
        "电话号码有误，请只填一个手机号，或带区号的座机号。",
        "This is not one telephone number: a mobile of 11 digits, or a landline with its area code.",
    )
    status_unreadable = (
        "status_unreadable",
        "status",
        "党员类别请填“正式党员”或“预备党员”。",
        "Write full member (正式党员) or probationary member (预备党员).",
    )


class LifeRule(_Remark):
    """What stands against an event in a membership: leaving, becoming a full member, coming back."""

    left_in_future = "left_in_future", "left_on", "离开日期在今天之后。", "The day of leaving is in the future."
    left_before_joined = (
        "left_before_joined",
        "left_on",
        "离开日期早于入党日期。",
        "The day of leaving is before that of joining.",
    )
    not_on_probation = (
        "not_on_probation",
        "kind",
        "取消预备党员资格只适用于预备党员。",
        "Only a probationary member's probation can be cancelled.",
    )
    confirmed_in_future = (
        "confirmed_in_future",
        "confirmed_on",
        "转正日期在今天之后。",
        "The date of full membership is in the future.",
    )
    probation_not_over = (
        "probation_not_over",
        "confirmed_on",
        "预备期为一年，转正日期须在入党满一年之后。",
        "Probation lasts one year: full membership begins no earlier than a year after joining.",
    )
    confirmed_missing = (
        "confirmed_missing",
        "confirmed_on",
        "该党员登记为预备党员，改为正式党员须填写转正日期。",
        "The member is registered as on probation; to be a full one, give the date of full membership.",
    )
    full_without_day = (
        "full_without_day",
        "confirmed_on",
        "登记正式党员须填写转正日期；旧档案中没有的，请由镇街或区级登记。",
        "A full member is added with the date of full membership; where old files have none, the town or the district adds him.",
    )
    not_confirmed_yet = (
        "not_confirmed_yet",
        "confirmed_on",
        "该党员是预备党员，转正日期须通过办理转正填写。",
        "The member is on probation: the date of full membership comes by confirming it.",
    )
    joining_for_officer = (
        "joining_for_officer",
        "joined_on",
        "该党员是预备党员，入党日期关系到预备期，请由镇街或区级工作人员更正。",
        "The member is on probation, which the day of joining decides: an officer of the town or district has to correct it.",
    )
    confirm_instead = (
        "confirm_instead",
        "status",
        "该党员离开时是预备党员：请先恢复为预备党员，再办理转正。",
        "The member was on probation when he left: take him back on probation, then confirm the full membership.",
    )
    was_confirmed = (
        "was_confirmed",
        "status",
        "该党员已有转正日期，不能改为预备党员。",
        "The member has a date of full membership, so cannot be on probation again.",
    )


class RosterWarning(_Remark):
    """What is taken, but worth a look."""

    joined_under_age = (
        "joined_under_age",
        "joined_on",
        "入党时未满18岁，请核对出生日期和入党日期。",
        "Younger than 18 on joining; check both dates.",
    )
    hidden_row = (
        "hidden_row",
        "full_name",
        "这一行在表格中被隐藏或被筛选掉了，已照常读取。",
        "This row is hidden in the sheet, by hand or by a filter; it was read like any other.",
    )
    undoes_correction = (
        "undoes_correction",
        "",
        "这一项在{day}更正过，与名册不同；导入会改回名册上的内容。",
        "This was corrected on {day} and differs from the roster; the import puts the roster's content back.",
    )
    not_compared = (
        "not_compared",
        "",
        "此人与您同级或高于您，或就是您本人：这一项不与已登记的核对，也不修改。",
        "This person is your equal, stands above you, or is you: this is neither compared with what is kept nor changed.",
    )
    name_with_more = (
        "name_with_more",
        "full_name",
        "姓名后面像是还写了性别，已照原样保留，请核对。",
        "It looks as if the gender stood behind the name; kept as written.",
    )
    day_unknown = "day_unknown", "", "日期中的“日”是00，只记到月份。", "The day is 00, so only the month is kept."
    january_or_october = (
        "january_or_october",
        "",
        "已按1月记录；如果是10月，请写成1998.10。",
        "Kept as January; if October is meant, write 1998.10.",
    )
    serial_or_month = (
        "serial_or_month",
        "",
        "已按表格的日期序号换算成日期；如果写的是年月，请改成1998.07这样的写法。",
        "Read as a spreadsheet's own number of a day; if a year and month is meant, write 1998.07.",
    )
    unknown_party_post = (
        "unknown_party_post",
        "party_post",
        "不是常用的党内职务，未记作党内职务；行政职务为空时记在那里。",
        "Not a known post in the party: not recorded as one; kept as job title where that is empty.",
    )
    unknown_ethnicity = (
        "unknown_ethnicity",
        "ethnicity",
        "不在56个民族名称之内，已照原样保留。",
        "Not one of the 56 names; kept as written.",
    )
    unknown_education = (
        "unknown_education",
        "education",
        "不是常用的学历名称，已照原样保留。",
        "Not a known level; kept as written.",
    )
