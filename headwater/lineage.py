"""What features are made of: source topics, the rules that guard them, the views, the models beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from functools import cache
from typing import Literal

from features.account_flags import ACCOUNT_FLAGS
from features.catalog import VIEWS
from features.view import View
from headwater.consumers import EVERY_MODEL, EVERY_VIEW, KNOWN, MODELS, TOLD, readers_of
from schemas.topics import raw
from validators import ruleset, stream_ruleset
from validators.rule import Rule
from validators.stream_rule import StreamRule
from validators.watch import catalog as watches
from validators.watch.declare import Watch

Kind = Literal["rule", "rule over many events", "watch"]


@dataclass(frozen=True)
class Guard:
    """A rule or watch that names a consumer as one who needs it, on some of its events.

    It is for some of its `features`; for all of it where there are none.
    """

    name: str
    kind: Kind
    severity: str
    events: tuple[str, ...]
    features: tuple[str, ...]


@dataclass(frozen=True)
class Node:
    """A source topic, a guard, a view (`name@version`) or a model; ids are `kind:name`."""

    kind: str
    name: str

    @property
    def id(self) -> str:
        """Its place in edges."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True)
class Consumer:
    """A view or model, the event types that it is made of, what guards them, the views that it reads, and the
    event types that it tells."""

    node: Node
    events: tuple[str, ...]
    guards: tuple[Guard, ...]
    views: tuple[Node, ...] = ()
    tells: tuple[str, ...] = ()


def of_view(view: View) -> Consumer:
    """A view as a consumer. Flags are made of the rules of abuse."""
    found = guards({view.name, EVERY_VIEW}, view.sources)
    if view == ACCOUNT_FLAGS:
        abuse = (rule for rule in stream_ruleset.shipped() if rule.severity == "abuse")
        made = (Guard(r.name, "rule over many events", r.severity, r.events, ()) for r in abuse)
        found = (*made, *found)
    return Consumer(Node("view", view.id), view.sources, found)


def models(view: View | None = None) -> tuple[Consumer, ...]:
    """The models, or those that read a view, learn from some of its event types or tell some."""
    found = (
        Consumer(Node("model", name), of, guards({name, EVERY_MODEL}, of), _read(name), TOLD.get(name, ()))
        for name, of in MODELS.items()
    )
    return tuple(
        model
        for model in found
        if view is None
        or {*model.events, *model.tells} & {*view.sources}
        or model.node.name in readers_of(view.name)
    )


def _read(model: str) -> tuple[Node, ...]:
    return tuple(Node("view", VIEWS[name].id) for name in KNOWN[model])


def guards(names: Set[str], events: Sequence[str]) -> tuple[Guard, ...]:
    """What a view or model of such a name needs, of the shipped rules and watches, on these event types."""
    found: dict[tuple[Kind, str], Guard] = {}
    for kind, each, on in _shipped():
        needed = [parts for parts in (n.partition(".") for n in each.needed_by) if parts[0] in names]
        both = tuple(event for event in events if event in on)
        if needed and both:
            features = () if any(not of for _, _, of in needed) else tuple(of for _, _, of in needed)
            found[kind, each.name] = Guard(each.name, kind, each.severity, both, features)
    return tuple(found.values())


@cache
def _shipped() -> tuple[tuple[Kind, Rule | StreamRule | Watch, Sequence[str]], ...]:
    """All that may guard, with the event types that it is on; read once, since it comes with the code."""
    of_events = ruleset.load().rules
    rules = {rule.name: rule for rules in of_events.values() for rule in rules}
    return (
        *(("rule", r, tuple(e for e, rules in of_events.items() if r in rules)) for r in rules.values()),
        *(("rule over many events", rule, rule.events) for rule in stream_ruleset.shipped()),
        *(("watch", watch, watch.events) for watch in watches.load()),
    )


def edges(consumers: Iterable[Consumer]) -> list[tuple[Node, Node]]:
    """From topic to guard to consumer, and from topic to consumer where nothing guards its events; from view
    to the model that reads it. From a model to the topic that it tells, if one of the consumers is made of
    that."""
    found: dict[tuple[Node, Node], None] = {}
    consumers = tuple(consumers)
    sources = {event for consumer in consumers for event in consumer.events}
    for consumer in consumers:
        for event in consumer.events:
            topic, guarded = Node("topic", raw(event)), [g for g in consumer.guards if event in g.events]
            for guard in guarded:
                by = Node(guard.kind, guard.name)
                found |= {(topic, by): None, (by, consumer.node): None}
            if not guarded:
                found[topic, consumer.node] = None
        found |= {(view, consumer.node): None for view in consumer.views}
        found |= {
            (consumer.node, Node("topic", raw(event))): None for event in consumer.tells if event in sources
        }
    return list(found)


def graph(links: Sequence[tuple[Node, Node]]) -> dict[str, list[dict[str, str]]]:
    """The edges as JSON values: `nodes` with id, kind and name, and `edges` by the ids that they join."""
    nodes = dict.fromkeys(node for link in links for node in link)
    return {
        "nodes": [{"id": node.id, "kind": node.kind, "name": node.name} for node in nodes],
        "edges": [{"from": before.id, "to": after.id} for before, after in links],
    }


def mermaid(links: Sequence[tuple[Node, Node]]) -> str:
    """The edges as a flowchart of Mermaid (https://mermaid.js.org/syntax/flowchart.html)."""
    names = {node: f"n{i}" for i, node in enumerate(dict.fromkeys(node for link in links for node in link))}
    nodes = [f'  {short}["{node.name}"]' for node, short in names.items()]
    arrows = [f"  {names[before]} --> {names[after]}" for before, after in links]
    return "\n".join(["flowchart LR", *nodes, *arrows]) + "\n"
