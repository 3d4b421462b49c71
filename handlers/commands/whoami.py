"""`/schools whoami`: what somebody may do, where, and why."""

from handlers.desk import Desk
from handlers.listening import Say
from handlers.sight import Asker, named_by, sight_of
from handlers.views.commands import EXPLAINED, Known, whoami_picture
from storage.partners import Partner
from storage.rules.rights import Person, Right, allows, standings


def who_am_i(asker: Asker, desk: Desk, rest: str = "") -> Say:
    """The first few partners are explained; support stands alike at all others.

    `rest` is what was typed behind the command: nobody else is shown.
    """
    sight = sight_of(asker, desk)
    if sight.person.guest:
        return Say(
            "Your account belongs to another workspace, and only members of this one may see or "
            "change schools. Ask an admin of the partner here."
        )
    explained = sight.partners[:EXPLAINED]
    person = asker.person(desk, named_by(explained, desk.support_group))
    known = [_known(person, partner, desk) for partner in explained]
    unread = {*_unread(sight.person), *_unread(person)}
    picture = whoami_picture(
        person.name,
        known,
        sorted(unread),
        more=len(sight.partners) - len(explained),
        contact=desk.support_contact,
        alone=bool(rest),
    )
    return Say(picture.text, tuple(picture.blocks))


def _known(person: Person, partner: Partner, desk: Desk) -> Known:
    access = partner.access(desk.support_group)
    may = {right for right in Right if allows(person, right, access) is None}
    return Known(partner, standings(person, access), may)


def _unread(person: Person) -> list[str]:
    return [id for id, inside in person.groups.items() if inside is None]
