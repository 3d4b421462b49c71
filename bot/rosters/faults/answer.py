"""What a service answered: its pages, and the records on them."""

from dataclasses import dataclass

from bot.rosters.faults.service import AnswerFault


@dataclass(eq=False)
class HtmlAnswer(AnswerFault):
    again = True
    code = "html_answer"
    sentence = (
        "{service} answered with a web page instead of {what}. "
        "That is usually maintenance or a proxy between; if it stays, open the address by hand."
    )


@dataclass(eq=False)
class NotJsonType(AnswerFault):
    code = "not_json_type"
    sentence = (
        "{service} answered with {what} in a format that is not called JSON. "
        "The Content-Type application/json was expected; tell the vendor."
    )


@dataclass(eq=False)
class NotJson(AnswerFault):
    again = True
    code = "not_json"
    sentence = (
        "{service} called its answer with {what} JSON, but it cannot be read as such. "
        "It was probably cut off; it is asked again with the next sync."
    )


@dataclass(eq=False)
class PageTooBig(AnswerFault):
    limit: int
    code = "page_too_big"
    sentence = (
        "One page of {what} from {service} is larger than {limit} bytes, the most that is read. "
        "Such a page should be a fraction of it; tell the vendor that `limit` is not kept."
    )


@dataclass(eq=False)
class DocumentUnexpected(AnswerFault):
    code = "document_unexpected"
    sentence = (
        "{service} answered with {what} as a bare value, neither an object nor a list. "
        "Check that the address leads to the roster; if it does, tell the vendor."
    )


@dataclass(eq=False)
class EnvelopeMissing(AnswerFault):
    envelope: str
    code = "envelope_missing"
    sentence = (
        "{service} answered with {what} but without the list “{envelope}” that holds the records. "
        "That is not an empty roster; check the address, and tell the vendor."
    )


@dataclass(eq=False)
class PagingLoop(AnswerFault):
    code = "paging_loop"
    sentence = (
        "The pages of {what} from {service} lead back to one that was read before. "
        "Such a walk never ends; tell the vendor."
    )


@dataclass(eq=False)
class PagesWithoutEnd(AnswerFault):
    limit: int
    code = "pages_without_end"
    sentence = (
        "The {what} of {service} had not ended after {limit} pages. "
        "No roster is that long; tell the vendor."
    )


@dataclass(eq=False)
class PagingMalformed(AnswerFault):
    code = "paging_malformed"
    sentence = (
        "{service} gave a page of {what} whose links to the next one cannot be understood. "
        "Whether more follows is unknown, so nothing of it counts; tell the vendor."
    )


@dataclass(eq=False)
class ListCutShort(AnswerFault):
    again = True
    code = "list_cut_short"
    sentence = (
        "{service} ended its {what} too early: behind the last page there was more. "
        "It is read again with the next sync; if it stays, tell the vendor."
    )


@dataclass(eq=False)
class RecordMalformed(AnswerFault):
    place: str
    code = "record_malformed"
    sentence = (
        "{service}, {what}, {place}: this is not a record. "
        "Each was expected to be an object in its usual wrapping; tell the vendor."
    )


@dataclass(eq=False)
class RecordIdMissing(AnswerFault):
    place: str
    field: str
    code = "record_id_missing"
    sentence = (
        "{service}, {what}, {place}: the record has no {field}. "
        "Every one needs its own; the vendor has to complete it."
    )


@dataclass(eq=False)
class FieldWrong(AnswerFault):
    place: str
    field: str
    expected: str
    code = "field_wrong"
    sentence = (
        "{service}, {what}, {place}: {field} should be {expected} and is not. "
        "Have it corrected where the record comes from, or tell the vendor."
    )


@dataclass(eq=False)
class TextUnusable(AnswerFault):
    place: str
    field: str
    code = "text_unusable"
    sentence = (
        "{service}, {what}, {place}: {field} holds a character that cannot be stored. "
        "Have it typed again where the record comes from."
    )


@dataclass(eq=False)
class RecordTwice(AnswerFault):
    id: str
    again = True
    code = "record_twice"
    sentence = (
        "{service} gave {id} twice among its {what}, so its pages moved while they were read. "
        "It is read again with the next sync; if it stays, tell the vendor."
    )


@dataclass(eq=False)
class RecordMoved(AnswerFault):
    id: str
    again = True
    code = "record_moved"
    sentence = (
        "{service} gave {id} in two lists with different content ({what}). "
        "It was changed during the reading, which is done again with the next sync."
    )
