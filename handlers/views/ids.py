"""Every action and callback by name, and what a button carries."""

import json
from dataclasses import dataclass, fields, replace

PAUSE = "school_pause"
FREEZE = "school_freeze"
UNFREEZE = "school_unfreeze"
SCHOOL_MENU = "school_menu"
REQUEST = "school_request_unfreeze"
PAUSE_MANY = "card_pause"
REVIEW = "card_review"
REVIEW_SEARCH = "review_search"
REVIEW_BACK = "review_back"
REVIEW_ON = "review_on"
REVIEW_TICK_ALL = "review_tick_all"
REVIEW_UNTICK_ALL = "review_untick_all"
REVIEW_SWITCH = "review_switch"
PAUSED_BACK = "paused_back"
PAUSED_ON = "paused_on"
APPROVE = "request_approve"
DENY = "request_deny"
WITHDRAW = "request_withdraw"
RELEASE_ASKED = "release_asked"
RELEASE_DECLINE = "release_decline"
RELEASE_ELSEWHERE = "release_elsewhere"
RELEASE_NOBODY = "release_nobody"
RELEASE_BACK = "release_back"
RELEASE_ON = "release_on"
RELEASE_FIND = "release_find"
LINK = "school_link"
LINK_NEW = "link_new"
MATCH = "hold_match"
MATCH_NEW = "match_new"
MATCH_BACK = "match_back"
MATCH_ON = "match_on"
SYNC_NOW = "partner_sync_now"
REPORT_SYNC = "report_sync_now"
ANSWER_CASE = "case_answer"
CLOSE_CASE = "case_close"
HOME_PARTNER = "home_partner"
HOME_STATUS = "home_status"
HOME_SEARCH = "home_search"
HOME_ALL = "home_all"
HOME_GO = "home_go"
HOME_CLEAR = "home_clear"
HOME_BACK = "home_back"
HOME_ON = "home_on"
HISTORY_NEWER = "history_newer"
HISTORY_OLDER = "history_older"
PAGE_BACK = "list_back"
PAGE_ON = "list_on"
PARTNER_SELECT = "partner_select"
UPLOAD = "upload_open"
UPLOAD_APPLY = "upload_apply"
UPLOAD_DISCARD = "upload_discard"
HOLD_APPLY = "hold_apply"
HOLD_APPLY_AND_PAUSE = "hold_apply_and_pause"
HOLD_DISCARD = "hold_discard"
HOLD_LIST = "hold_list"

REVIEW_FORM = "review_form"
FREEZE_FORM = "freeze_form"
UNFREEZE_FORM = "unfreeze_form"
REQUEST_FORM = "request_form"
DECISION_FORM = "decision_form"
REPORT_FORM = "report_form"
ANSWER_FORM = "answer_form"
CLOSE_FORM = "close_form"
PARTNER_FORM = "partner_form"
UPLOAD_FORM = "upload_form"
CONFIRM_FORM = "upload_confirm_form"
RELEASE_FORM = "release_form"
DECLINE_FORM = "decline_form"
ASK_RELEASE_FORM = "ask_release_form"
LINK_FORM = "link_form"
MATCH_FORM = "match_form"


@dataclass(frozen=True)
class Target:
    """What a button or a form is about. `version` is the school's, as the reader saw it.

    `school` is the source's id, `key` our own for the same one: with a key, the id stays behind,
    because it may be longer than Slack carries, and is looked up again when somebody clicks.

    `words` is what somebody typed after a command, to be answered again; `upload` names files
    that were handed over.

    `people` and `digest` name the accounts that a freeze form showed; `channel` and `ts` the
    message that the form was opened from. `page` is the one of a list that is shown, from 0.

    `accounts` are people that were shown or picked (see views.keys), `query` what is searched for
    among them, and `other` our key of a second school.

    `picked` and `missed` are schools by our keys (see views.keys): ticked in a review, or paused
    and not paused by it. `mark` is the newest transition that a review has shown, `turn` counts how
    often it was drawn, and `each` says that it shows the schools one by one.

    `alone` says that only the person themselves sees the message it came from.

    `home` is how Home looked where this was clicked or opened (see views.looking), `below` the
    review above which a form was opened, packed, with the `hash` that it had then.
    """

    partner: str
    school: str = ""
    version: int = 0
    request: int = 0
    case: int = 0
    approve: bool = False
    run: int = 0
    people: int = 0
    digest: str = ""
    channel: str = ""
    ts: str = ""
    page: int = 0
    key: int = 0
    words: str = ""
    upload: int = 0
    accounts: str = ""
    query: str = ""
    other: int = 0
    home: str = ""
    below: str = ""
    hash: str = ""
    picked: str = ""
    missed: str = ""
    mark: int = 0
    turn: int = 0
    each: bool = False
    alone: bool = False

    def on_page(self, page: int) -> "Target":
        return replace(self, page=page)

    def packed(self) -> str:
        """As a button's value or a modal's private_metadata; defaults are left out."""
        default = Target(self.partner, school=self.school if self.key else "")
        given = {k: v for k, v in vars(self).items() if v != getattr(default, k)}
        return json.dumps({"partner": self.partner} | given, separators=(",", ":"))

    @classmethod
    def unpacked(cls, value: str) -> "Target":
        """What a later version put there is left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{k: v for k, v in json.loads(value).items() if k in known})
