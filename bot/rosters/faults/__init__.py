"""What can be wrong with a roster, each cause with its own sentence.

Unread                                nothing was read, nothing may change
├── NoBatch                           the source says "no updates": the run is skipped
│   └── NoNewBatch · BatchIncomplete · BatchNotQuiet · UploadAwaited
└── RosterFault                       the feed is at fault: the run failed
    ├── PlaceFault                    where the roster should be
    │   ├── UnknownSourceKind · SourceWithoutPath · SourceKeyMissing · SecretMissing
    │   ├── PlaceMissing · PlaceUnreadable · NotAFolder
    │   └── FileUnreadable · NotAFile · FileLeavesFolder · ReadFailed · SetChanged
    ├── ZipFault                      the archive around the files
    │   ├── NotAZip · ZipCutShort · ZipListDamaged · ZipDamaged · ZipEncrypted · ZipMethodUnknown
    │   ├── ZipTooBig · ZipTooDense · ZipTooManyMembers
    │   └── ZipPathUnsafe · ZipSymlink · ZipMemberTwice · ZipFilesInFolder
    ├── ManifestFault                 what manifest.csv promises
    │   ├── ManifestMissing · ManifestPropertyTwice · ManifestValueUnknown
    │   ├── VersionMissing · VersionUnknown · DeltaSet
    │   └── FileMissing · FileWrongCase · FileListedAbsent · FileNotListed · NeededFileAbsent
    ├── TableFault                    one file as CSV
    │   ├── FileEmpty · NoRows · NotUtf8 · Utf16 · NulByte
    │   ├── UnclosedQuote · BadQuoting · CellTooLong · RowTooLong · RowsSwallowed
    │   ├── TooFewCells · TooManyCells · WrongDelimiter
    │   └── HeaderMissing · HeaderWrongCase · HeaderTwice
    ├── RowFault                      one record and what it refers to
    │   ├── IdEmpty · IdTwice · StatusUnknown · OrgTypeUnknown · RoleUnknown
    │   └── ReferenceEmpty · RoleUserUnknown · UserWithoutRole
    ├── DropFault                     the batches of a drop folder
    │   └── DropNotAFolder · DropVersionOther · DeltaWithoutBase · DeltaStatusEmpty
    ├── UploadFault                   what somebody uploaded
    │   ├── SetUnrecognized · FileUnrecognized · SetFileAlone
    │   └── PeopleFilesAbsent · SchoolIdEmpty · EmailsDiffer
    ├── StaffListFault                the additive staff list
    │   ├── StaffEmailMissing · StaffEmailMalformed · StaffSchoolsMissing
    │   └── UnknownSchoolName · AmbiguousSchoolName
    ├── RestFault                     an answer over the network
    │   ├── AddressUnusable · AddressNotSecure · LinkLeadsAway · AnswerRedirected
    │   ├── ServerUnreachable · CertificateRefused · ConnectionBroken · ServerSilent
    │   ├── AnswerTooSlow · WalkTooLong · TooManyRequests · ServerFailed
    │   ├── AccessRefused · AccessForbidden · ListNotFound · StatusUnexpected
    │   ├── HtmlAnswer · NotJsonType · NotJson · PageTooBig · DocumentUnexpected · EnvelopeMissing
    │   ├── PagingLoop · PagesWithoutEnd · PagingMalformed · ListCutShort
    │   ├── RecordMalformed · RecordIdMissing · FieldWrong · TextUnusable
    │   ├── RecordTwice · RecordMoved
    │   ├── OneRosterFault                a OneRoster service, ClassLink's too
    │   │   ├── TokenRefused · TokenMalformed · TotalNotMet · TotalMoves · SchoolsMoved
    │   │   ├── RecordStatusUnknown · RecordTypeUnknown · RecordRoleUnknown
    │   │   └── UserWithoutRoles · StaffWithoutSchool
    │   └── ClassLinkFault                what only ClassLink's proxy says
    │       ├── PartnerKeyUnusable · PartnerKeyRefused
    │       └── ApplicationGone · ApplicationDisabled · ApplicationWithoutToken
    ├── CleverFault                   what only Clever says
    │   ├── CleverWithoutDistrict · CleverVersionUnknown · CleverNotConfigured
    │   ├── CleverSecretRefused · CleverNotConnected · CleverOtherDistrict
    │   ├── CleverDistrictError · CleverDistrictPending · CleverStateUnknown
    │   └── CleverSyncedMeanwhile
    └── ComparisonFault               a roster that cannot be meant, given what is stored
        └── LeadingZeros · NoSchoolsOnFirstRun · NoSchoolsInNewSource

A sentence says what happened, what was expected and what to do next. It names files, lines,
columns, ids and schools, and never repeats another cell: a shifted column holds passwords.

A theme is a file here; everything is imported from the package, and THEMES is their order for
people.
"""

# ruff: noqa: F403, F405

from bot.rosters.faults.answer import *
from bot.rosters.faults.archive import *
from bot.rosters.faults.classlink import *
from bot.rosters.faults.clever import *
from bot.rosters.faults.comparison import *
from bot.rosters.faults.drop import *
from bot.rosters.faults.manifest import *
from bot.rosters.faults.nothing_new import *
from bot.rosters.faults.oneroster import *
from bot.rosters.faults.place import *
from bot.rosters.faults.row import *
from bot.rosters.faults.service import *
from bot.rosters.faults.staff_list import *
from bot.rosters.faults.table import *
from bot.rosters.faults.unread import *
from bot.rosters.faults.upload import *

THEMES: tuple[type[RosterFault], ...] = (
    PlaceFault,
    ZipFault,
    ManifestFault,
    TableFault,
    RowFault,
    DropFault,
    UploadFault,
    StaffListFault,
    RestFault,
    CleverFault,
    ComparisonFault,
)
