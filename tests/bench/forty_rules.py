"""Forty different rules on a play, of the kinds that are in use, as a team would gather them over years."""

from __future__ import annotations

from validators.rule import Rule

_TEXTS = (
    "LENGTH(event_id) BETWEEN 1 AND 64",
    "LENGTH(member_id) BETWEEN 1 AND 64",
    "LENGTH(profile_id) BETWEEN 1 AND 64",
    "LENGTH(session_id) BETWEEN 1 AND 64 AND LENGTH(device_id) BETWEEN 1 AND 64",
    "LENGTH(title_id) BETWEEN 1 AND 64",
    "LENGTH(app_version) <= 16",
)
_PATTERNS = (
    "country ~ '^[A-Z]{2}$'",
    "app_version ~ '^[0-9]+[.][0-9]+([.][0-9]+)?$'",
    "member_id ~ '^m[0-9]{5}$'",
    "profile_id ~ '^m[0-9]{5}-p[0-9]$'",
    "title_id ~ '^t[0-9]+$'",
    "session_id ~ '^s-[0-9a-f]+-[0-9]+-[0-9a-f]+$'",
    "device_id ~ '^m[0-9]+-[a-z]+$'",
    "event_id ~ '^[0-9a-f]+-[0-9]+-[0-9a-f]+$'",
)
_SETS = (
    "device_type IN ('tv', 'phone', 'tablet', 'web')",
    "country IN ('US', 'BR', 'GB', 'IN', 'DE', 'JP', 'FR', 'MX', 'KR', 'CA', 'ES', 'AU', 'NG', 'NZ')",
    "app_version NOT IN ('8.0.0', '8.0.1')",
    "device_id NOT IN ('unknown', 'null', 'none')",
    "member_id NOT IN ('m0', 'test', 'anonymous')",
)
_RANGES = (
    "event_time >= 1577836800000",
    "event_age_ms >= -60000",
    "event_age_ms <= 2592000000",
    "ingestion_time BETWEEN 1577836800000 AND 4102444800000",
    "runtime_ms BETWEEN 60000 AND 86400000",
    "runtime_ms % 1000 = 0",
    "position_ms >= 0",
    "position_ms < 86400000",
)
_CROSS_FIELD = (
    "position_ms BETWEEN 0 AND runtime_ms",
    "event_time <= ingestion_time + 60000",
    "runtime_ms - position_ms <= 86400000",
    "STARTS_WITH(profile_id, member_id)",
    "STARTS_WITH(device_id, member_id)",
    "ENDS_WITH(device_id, device_type)",
)
_WHEN = (
    ("row BETWEEN 0 AND 200 AND rank BETWEEN 0 AND 200", "row IS NOT NULL OR rank IS NOT NULL"),
    ("rank < 100", "row = 0"),
    ("row IS NULL", "autoplay"),
    ("runtime_ms <= 43200000", "device_type = 'phone'"),
    ("app_version <> '7.0.0'", "device_type = 'tv'"),
    ("position_ms <= runtime_ms - 1000", "position_ms > 0"),
    ("LENGTH(country) = 2", "country IS NOT NULL"),
)

_SAYINGS = ((*_TEXTS, *_PATTERNS, *_SETS, *_RANGES, *_CROSS_FIELD), _WHEN)


def _rule(n: int, expect: str, when: str | None) -> Rule:
    told = {
        "name": f"rule_{n:02}",
        "expect": expect,
        "when": when,
        "on_null": "pass" if n % 4 == 0 else "fail",
    }
    severity = ("reject", "reject", "reject", "warn")[n % 4]
    return Rule.model_validate(
        {
            **told,
            "severity": severity,
            "dimension": "validity",
            "why": "It is measured.",
            "passes": [{}],
            "fails": [{}],
        }
    )


FORTY: tuple[Rule, ...] = tuple(
    _rule(n, *said) for n, said in enumerate([*((expect, None) for expect in _SAYINGS[0]), *_SAYINGS[1]])
)
