"""The one place where concrete things meet: settings in, a house full of services out."""

from __future__ import annotations

from pathlib import Path

from authserver.adapters import common_passwords, devices, places, policy_files
from authserver.adapters.canonical_json import CanonicalJson
from authserver.adapters.ceremony_tokens import CeremonyTokens, FollowingCeremonyTokens
from authserver.adapters.database.engine import Database
from authserver.adapters.database.harness import Harness
from authserver.adapters.digests import Digests
from authserver.adapters.identity_proofing import SimulatedIdentityProofing
from authserver.adapters.keys import KeyRing
from authserver.adapters.mail import InAppPostman, MailPostman, NoGateway, OutboxPostman, SmtpServer
from authserver.adapters.notice_renderer import NoticeRenderer
from authserver.adapters.one_time_codes import OneTimeCodes
from authserver.adapters.passkey_names import PasskeyNames
from authserver.adapters.passkey_verifier import PasskeyVerifier
from authserver.adapters.password_hasher import PasswordHasher
from authserver.adapters.redis_counters import RedisCounters
from authserver.adapters.sealer import FollowingSealer, Sealer
from authserver.adapters.system import OffsetClock, SystemClock, SystemEntropy
from authserver.adapters.translations import Translations
from authserver.domain.notice import Channel
from authserver.domain.policy import Policy, RecoveryProof
from authserver.flows.ports import Clock, Postman, RelyingParty, Services
from authserver.settings import Mode, Settings, SettingsError
from authserver.web import fresh_static
from authserver.web.house import House

PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """``templates``, ``static``, ``migrations``: beside this module, or one level up."""
    beside = PACKAGE / name
    return beside if beside.is_dir() else PACKAGE.parent / name


def build(settings: Settings) -> House:
    """Join everything. The refusals that ``mistakes`` lists say what to change."""
    ring = KeyRing(settings.keys_dir, SystemEntropy(), create=settings.mode is not Mode.PRODUCTION)
    # The oldest key, which no rotation takes away.
    digests = Digests(ring.keys().derive("digests")[-1])
    database = Database.open(settings.database_url, counters=_counters(settings, digests))
    harness = Harness(database) if settings.mode is Mode.TEST else None
    translations = Translations(PACKAGE / "wording")
    names = PasskeyNames()
    static = folder("static")
    return House(
        services=_services(settings, ring, digests, database, harness, translations, names),
        settings=settings,
        translator=translations,
        describe_device=devices.describe,
        describe_place=places.describe,
        icons=names,
        health=database,
        harness=harness,
        static_folder=static,
        static_digests=fresh_static.digests(static),
    )


def _services(
    settings: Settings,
    ring: KeyRing,
    digests: Digests,
    database: Database,
    harness: Harness | None,
    translations: Translations,
    names: PasskeyNames,
) -> Services:
    entropy = SystemEntropy()
    clock: Clock = SystemClock()
    if harness is not None:
        clock = OffsetClock(clock, harness.offset_seconds)
    sealer = FollowingSealer(ring.follow("sealer", Sealer))
    renderer = NoticeRenderer(folder("templates"), translations)
    policy = policy_files.load(settings.policy, PACKAGE / "policies")
    _refuse_without_gateway(settings, policy)
    return Services(
        clock=clock,
        entropy=entropy,
        database=database,
        policy=policy,
        relying_party=RelyingParty(
            rp_id=settings.rp_id, rp_name=settings.rp_name, origins=settings.origins
        ),
        ceremonies=FollowingCeremonyTokens(ring.follow("ceremony", CeremonyTokens)),
        digests=digests,
        sealer=sealer,
        canonical_json=CanonicalJson(),
        verifier=PasskeyVerifier(),
        password_hasher=PasswordHasher(entropy, settings.password_hash),
        common_passwords=common_passwords.load(),
        one_time_codes=OneTimeCodes(entropy),
        passkey_names=names,
        identity_proofing=SimulatedIdentityProofing(ring.keys().derive("identity-proofing")[-1]),
        renderer=renderer,
        postmen={
            Channel.MAIL: _mail(settings, renderer, sealer, clock),
            Channel.IN_APP: InAppPostman(),
            Channel.SMS: _sms(settings, renderer, sealer),
        },
    )


def _refuse_without_gateway(settings: Settings, policy: Policy) -> None:
    """A code that cannot be sent would shut everybody out who has lost everything."""
    by_sms = policy.recovery.second is RecoveryProof.SMS_CODE
    if by_sms and settings.mode is Mode.PRODUCTION:
        raise SettingsError(
            f"The policy {policy.name} recovers access by SMS, and no gateway serves SMS yet. "
            'Choose a policy whose [recovery] second is "identity_proof".'
        )


def _sms(settings: Settings, renderer: NoticeRenderer, sealer: FollowingSealer) -> Postman:
    """Simulated where that can be seen; in production nothing may look as if it had been sent."""
    if settings.mode is Mode.PRODUCTION:
        return NoGateway()
    return OutboxPostman(renderer, sealer)


def _counters(settings: Settings, digests: Digests) -> RedisCounters | None:
    """Test mode counts in rows, whatever is set: its reset must empty every counter."""
    if not settings.redis_url or settings.mode is Mode.TEST:
        return None
    return RedisCounters(settings.redis_url, digests)


def _mail(
    settings: Settings, renderer: NoticeRenderer, sealer: FollowingSealer, clock: Clock
) -> Postman:
    if not settings.smtp_url:
        return OutboxPostman(renderer, sealer)
    return MailPostman(
        SmtpServer.parse(settings.smtp_url),
        sender=settings.mail_from,
        renderer=renderer,
        sealer=sealer,
        clock=clock,
    )
