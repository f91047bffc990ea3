"""The ``headwater`` command: each module in ``commands/`` is one subcommand or group of them."""

from __future__ import annotations

import sys

import typer

from headwater.commands import (
    archive,
    candidates,
    demo,
    experiment,
    features,
    flags,
    forget,
    jobs,
    model_orders,
    models,
    monitor,
    offline,
    quality,
    quarantine,
    rank,
    rebuild,
    repin,
    rules,
    runtime,
    serve,
    skew,
    status,
    titles,
    top,
    traffic,
)
from headwater.errors import HeadwaterError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Real-time streaming features and validation: Kafka, PyFlink, Redis.",
)
app.command()(runtime.up)
app.command()(runtime.down)
app.command()(status.status)
app.command()(top.top)
app.command()(runtime.doctor)
app.command()(jobs.submit)
app.command()(jobs.deploy)
app.command()(jobs.cancel)
app.command()(jobs.explain)
app.command()(traffic.generate)
app.command()(traffic.replay)
app.add_typer(features.app, name="features")
app.command()(archive.archive)
app.command()(offline.backfill)
app.command("training-set")(offline.training_set)
app.command()(skew.skew)
app.command()(rebuild.rebuild)
app.add_typer(flags.app, name="flags")
app.command()(candidates.candidates)
app.command()(rank.rank)
app.command("serve")(serve.serve_api)
app.command()(serve.api_key)
app.command()(forget.forget)
app.add_typer(models.app, name="models")
models.app.command()(model_orders.freeze)
models.app.command()(model_orders.unfreeze)
models.app.command()(model_orders.rollback)
models.app.command()(model_orders.promote)
app.add_typer(experiment.app, name="experiment")
app.add_typer(titles.app, name="titles")
app.add_typer(rules.app, name="rules")
app.add_typer(quarantine.app, name="quarantine")
app.command()(quality.quality)
app.command()(repin.repin)
app.command()(monitor.monitor)
app.command()(demo.demo)


def main() -> None:
    """Run the command; a HeadwaterError becomes one line and exit code 2."""
    try:
        app()
    except HeadwaterError as error:
        print(f"headwater: {error}", file=sys.stderr)
        sys.exit(2)
