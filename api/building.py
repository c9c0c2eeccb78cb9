"""A house put together from the settings, the same for the application and for the command line: its parts, and which rooms
follow which events."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Final

from api.access.demands import Demands, Lifetimes
from api.access.passwords import Passwords
from api.access.tokens import Tokens
from api.accounts import following as accounts
from api.adapters.cipher import AesGcmCipher
from api.adapters.jose import assert_backend
from api.adapters.postgresql import share
from api.adapters.storages import open_storage
from api.audit.service import chain
from api.cards import service as cards
from api.corrections import service as corrections
from api.database import Database, Followers
from api.honors import following as honors
from api.honors.showing import shown_honors
from api.house import House
from api.inspections.attachments import PICTURES as PICTURES_OF_INSPECTIONS
from api.keys.ring import KeyRing
from api.lists.attachments import FLOW_PICTURES
from api.performance.indicators.attachments import PICTURES as PICTURES_OF_INDICATORS
from api.performance.scores import following as scores
from api.performance.scores.attachments import PICTURES_OF_APPEALS, PICTURES_OF_ENTRIES
from api.photos import service as photos
from api.pledges import following as pledges
from api.pledges.attachments import PICTURES
from api.pledges.rhythm.service import forget_lines_of_member
from api.pledges.showing import shown_pledges
from api.posts import following as posts
from api.posts.showing import show_posts_of_members, shown_posts
from api.profiles.sections import Section
from api.profiles.service import Source, hold_profile_of_member
from api.rectifications.attachments import PICTURES as PICTURES_OF_RECTIFICATIONS
from api.settings import Settings, derive
from api.standards.attachments import PICTURES as PICTURES_OF_STANDARDS
from api.transfers import service as transfers
from api.venues import following as venues
from api.venues.signs.attachments import PHOTOS as PHOTOS_OF_SIGNS


def build(settings: Settings, *, serves: bool = False) -> House:
    """The parts of an installation. No connection is opened; `serves` tells that none may be while the database is restored."""
    assert_backend()
    audit_key = derive(settings.audit_key, "audit")
    status_key = derive(settings.digest_key, "status")
    sealing = settings.sealing_keys()
    cipher = AesGcmCipher(sealing, current=next(iter(sealing)), digest_key=derive(settings.digest_key, "digest"))
    database = Database(
        settings.database_url,
        zone=settings.zone,
        followers=_followers(cards.Issuing(status_key, settings.card_years)),
        before_commit=chain(audit_key),
        has_replica=settings.database_read_url is not None,
    )
    if serves:
        share(database.engine)
    return House(
        settings=settings,
        database=database,
        cipher=cipher,
        tokens=Tokens(derive(settings.token_secret, "token"), settings.issuer, timedelta(minutes=settings.access_token_minutes)),
        passwords=Passwords(),
        keys=KeyRing(cipher),
        storage=open_storage(settings),
        lifetimes=Lifetimes(
            timedelta(days=settings.session_idle_days),
            timedelta(days=settings.session_days),
            timedelta(hours=settings.office_idle_hours),
            timedelta(days=settings.office_session_days),
        ),
        demands=Demands(otp=settings.otp_demanded, step_up=settings.step_up_demanded),
        attachments=(
            corrections.ATTACHMENTS,
            PICTURES,
            PICTURES_OF_STANDARDS,
            PHOTOS_OF_SIGNS,
            PICTURES_OF_INSPECTIONS,
            PICTURES_OF_RECTIFICATIONS,
            FLOW_PICTURES,
            PICTURES_OF_ENTRIES,
            PICTURES_OF_APPEALS,
            PICTURES_OF_INDICATORS,
        ),
        cursor_key=derive(settings.token_secret, "cursor"),
        status_key=status_key,
        audit_key=audit_key,
    )


PROFILES: Final[Mapping[Section, Source]] = {
    Section.posts: shown_posts,
    Section.honors: shown_honors,
    Section.pledges: shown_pledges,
}
"""Where each section of a profile comes from."""


def _followers(issuing: cards.Issuing) -> Followers:
    """Who follows which event, in one order: by it the rows are locked that hang on a member (`access/scope.py`)."""
    return Followers(
        member_leaves=(
            transfers.withdraw_transfer_of_member,
            venues.remove_contact_of_venues,
            corrections.hold_requests_of_member,
            posts.hold_posts_of_member,
            pledges.withdraw_pledges_of_member,
            posts.end_holdings_of_member,
            hold_profile_of_member,
            honors.retell_honors_of_member,
            photos.remove_photo_of_member,
            corrections.withdraw_requests_of_member,
            accounts.shut_account_of_member,
            cards.revoke_card_of_member,
        ),
        member_moves=(
            venues.remove_contact_of_venues,
            corrections.move_requests_of_member,
            posts.hold_posts_of_member,
            pledges.move_pledges_of_member,
            scores.move_scores_of_member,
            honors.move_honors_of_member,
            posts.end_holdings_of_moved_member,
            hold_profile_of_member,
            accounts.move_account_of_member,
            partial(cards.transfer_card_of_member, issuing=issuing),
        ),
        member_is_confirmed=(partial(cards.renew_last_day_of_member, years=issuing.years),),
        member_is_restored=(
            honors.retell_honors_of_member,
            accounts.open_account_of_member,
            partial(cards.replace_card_of_member, issuing=issuing),
        ),
        member_is_erased=(forget_lines_of_member, accounts.shut_account_of_erased_member),
        party_posts_change=(show_posts_of_members,),
        organization_closes=(
            pledges.withdraw_pledges_of_organization,
            venues.close_venues_of_organization,
            posts.close_posts_of_organization,
        ),
        organization_moves=(
            pledges.move_pledges_of_organization,
            venues.remove_contacts_of_moved_organization,
            posts.end_holdings_of_moved_organization,
            accounts.end_roles_of_moved_organization,
        ),
        organization_is_renamed=(posts.rename_posts_of_organization,),
        term_changes=(partial(cards.redate_cards_of_term, years=issuing.years),),
    )
