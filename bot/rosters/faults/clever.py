"""What only Clever says."""

from dataclasses import dataclass

from bot.rosters.faults.unread import RosterFault


class CleverFault(RosterFault):
    """A district's connection with Clever."""


@dataclass(eq=False)
class CleverWithoutDistrict(CleverFault):
    code = "clever_without_district"
    sentence = (
        "The partner's Clever source has no `district`. "
        "Add Clever's id of the district to the partners file and import it again."
    )


@dataclass(eq=False)
class CleverVersionUnknown(CleverFault):
    version: str
    known: tuple[str, ...]
    code = "clever_version_unknown"
    sentence = (
        "The partner's Clever source asks for version {version}, which this version does not read. "
        "Set `version` to one of {known} in the partners file, or leave it out."
    )


@dataclass(eq=False)
class CleverNotConfigured(CleverFault):
    code = "clever_not_configured"
    sentence = (
        "Clever was not asked, because CLEVER_CLIENT_ID or CLEVER_CLIENT_SECRET is not set. "
        "Set both to the values of your application's page in Clever and start again."
    )


@dataclass(eq=False)
class CleverSecretRefused(CleverFault):
    code = "clever_secret_refused"
    sentence = (
        "Clever does not accept CLEVER_CLIENT_ID and CLEVER_CLIENT_SECRET. "
        "Copy both again from your application's page in Clever; no partner was read by them."
    )


@dataclass(eq=False)
class CleverNotConnected(CleverFault):
    district: str
    code = "clever_not_connected"
    sentence = (
        "The district {district} is not connected to our application in Clever, or no longer. "
        "That says nothing about its schools; its administrator has to connect it again in Clever."
    )


@dataclass(eq=False)
class CleverOtherDistrict(CleverFault):
    district: str
    code = "clever_other_district"
    sentence = (
        "Clever's token for the district {district} leads to another district. "
        "Check `district` in the partners file; if it is right, tell Clever."
    )


@dataclass(eq=False)
class CleverDistrictError(CleverFault):
    synced: str
    code = "clever_district_error"
    sentence = (
        "Clever says that its own sync of this district is in error (last good one: {synced}). "
        "The district's administrator finds the reason in Clever; we read again when it is solved."
    )


@dataclass(eq=False)
class CleverDistrictPending(CleverFault):
    again = True
    code = "clever_district_pending"
    sentence = (
        "Clever is still setting this district up (its state is pending). "
        "Its roster is not complete until that ends; the next sync looks again."
    )


@dataclass(eq=False)
class CleverSyncedMeanwhile(CleverFault):
    again = True
    code = "clever_synced_meanwhile"
    sentence = (
        "Clever took over new data of this district while its lists were being read. "
        "What was read before and after does not fit together; the next sync reads all again."
    )


@dataclass(eq=False)
class CleverStateUnknown(CleverFault):
    code = "clever_state_unknown"
    sentence = (
        "Clever gives this district a state that this version of Recess does not know. "
        "Whether its data is complete cannot be told: look the district up in Clever, and tell us."
    )
