"""`/schools whoami`: what somebody may do, where, and why."""

from handlers.desk import Desk
from handlers.listening import Say
from handlers.sight import Asker, Sight, sight_of
from handlers.views.commands import EXPLAINED, Known, whoami_picture
from storage.partners import Partner
from storage.rules.rights import Right, allows, standings


def whoami(asker: Asker, desk: Desk) -> Say:
    sight = sight_of(asker, desk)
    if sight.person.guest:
        return Say(
            "Your account belongs to another workspace, and only members of this one may see or "
            "change schools. Ask an admin of the partner here."
        )
    known = [_known(sight, partner, desk) for partner in sight.partners[:EXPLAINED]]
    more = max(0, len(sight.partners) - EXPLAINED)
    picture = whoami_picture(sight.person.name, known, _unread(sight), more)
    return Say(picture.text, tuple(picture.blocks))


def _known(sight: Sight, partner: Partner, desk: Desk) -> Known:
    access = partner.access(desk.support_group)
    may = {right for right in Right if allows(sight.person, right, access) is None}
    return Known(partner, standings(sight.person, access), may)


def _unread(sight: Sight) -> list[str]:
    return [id for id, inside in sorted(sight.person.groups.items()) if inside is None]
