"""What `headwater serve` tells at ``/metrics`` of the product, beside what the API measures of itself.

Shares and counts of quality are of the last 15 minutes, by when events came in.
"""

from __future__ import annotations

from schemas.metric import Kind, Metric


def _metric(name: str, kind: Kind, unit: str, labels: str, meaning: str) -> Metric:
    return Metric(f"headwater_{name}", kind, unit, tuple(labels.split()), meaning)


TOLD = _metric(
    "part_told", "gauge", "", "part", "1 while a part can be told here; 0 while a service is down."
)

WRITTEN = _metric(
    "events_written", "counter", "", "event", "Events that producers have written since the topic was made."
)
ENDED = _metric("ledger_events", "counter", "", "event verdict", "Events by what became of them.")
SET_ASIDE = _metric(
    "ledger_reasons", "counter", "", "reason", "Events set aside; an event may have several reasons."
)
LAG = _metric(
    "consumer_lag_records",
    "gauge",
    "records",
    "job_name",
    "Records that a job has still to read, or to commit.",
)

SCORE = _metric(
    "quality_score_ratio", "gauge", "ratio", "event dimension", "Share of events without a failure."
)
RULE_FAILED = _metric(
    "rule_failed_events", "gauge", "", "event rule dimension", "Events that failed a rule, where any did."
)
RULE_CHECKED = _metric(
    "rule_checked_events", "gauge", "", "event rule dimension", "Events that it could be held against."
)
VIOLATIONS = _metric("violations", "gauge", "", "rule event", "Violations of rules over many events.")
ALERTS = _metric(
    "alerts_open", "gauge", "", "watch dimension", "Alerts that are raised, of all events and slices."
)
CONDITION = _metric("condition_open", "gauge", "", "condition", "1 while a hard condition holds.")

VIEW_AGE = _metric("view_age_seconds", "gauge", "seconds", "view", "Age of the newest event behind a view.")
VIEW_SLO = _metric("view_slo_seconds", "gauge", "seconds", "view", "The age above which a view is stale.")
VIEW_STATUS = _metric(
    "view_status", "gauge", "", "view status", "1 for the status that a read of the view has now."
)

LOG_LOSS = _metric(
    "model_log_loss", "gauge", "nats", "model", "Loss of late, of predictions made before learning."
)
BASE_LOG_LOSS = _metric(
    "model_base_log_loss", "gauge", "nats", "model", "The same of always predicting the share of positives."
)
AUC = _metric("model_auc_ratio", "gauge", "ratio", "model", "How often what came true was predicted higher.")
ECE = _metric("model_ece_ratio", "gauge", "ratio", "model", "By how much predicted chances are off.")
EXAMPLES = _metric("model_examples", "counter", "", "model", "Examples that a model has learnt from.")
MODEL_AGE = _metric("model_age_seconds", "gauge", "seconds", "model", "Since a model was last published.")
FROZEN = _metric("model_frozen", "gauge", "", "model", "1 while a model learns nothing, by order.")

PRODUCT = (
    *(TOLD, WRITTEN, ENDED, SET_ASIDE, LAG),
    *(SCORE, RULE_FAILED, RULE_CHECKED, VIOLATIONS, ALERTS, CONDITION),
    *(VIEW_AGE, VIEW_SLO, VIEW_STATUS),
    *(LOG_LOSS, BASE_LOG_LOSS, AUC, ECE, EXAMPLES, MODEL_AGE, FROZEN),
)
