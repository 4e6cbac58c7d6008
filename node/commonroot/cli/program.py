"""`commonroot program`: a sponsor prepares, pays for and ends what is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonroot.cli.options import DryRun, Home, Json, PasswordFile, Rpc, Wallet, Yes, noun

if TYPE_CHECKING:
    from commonroot.node.desk import Desk
    from commonroot.node.programs import Plan, Standing
    from commonroot.protocol.rules import Aggregation

app = noun("Prepare, pay for and look at programs.")

Number = Annotated[int, typer.Argument(help="The program's number.")]


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What people call it.")],
    budget: Annotated[str, typer.Option("--budget", help="What all rounds may earn together.")],
    aggregator: Annotated[
        str | None,
        typer.Option("--aggregator", help="Whose account runs the rounds.", show_default="yours"),
    ] = None,
    reward: Annotated[str, typer.Option("--reward", help="The most that one round pays.")] = "100",
    rounds: Annotated[
        int | None, typer.Option("--rounds", help="How many rounds.", show_default="the preset's")
    ] = None,
    min_nodes: Annotated[int, typer.Option("--min-nodes", help="Fewest nodes of a round.")] = 2,
    max_nodes: Annotated[int, typer.Option("--max-nodes", help="Most nodes of a round.")] = 16,
    public: Annotated[
        bool,
        typer.Option("--open", help="Artifacts are for everybody; a licence is then only a right."),
    ] = False,
    aggregation: Annotated[
        str,
        typer.Option(
            "--aggregation", help="How deltas become a step: mean, clipped, median or trimmed."
        ),
    ] = "mean",
    trim: Annotated[
        int,
        typer.Option(
            "--trim", help="What a trimmed mean cuts at each end of a lane, in 1/100 of a percent."
        ),
    ] = 1_000,
    bond: Annotated[
        str | None,
        typer.Option(
            "--bond",
            help="What the aggregator risks with each round in progress.",
            show_default="twice the reward and a demand's fee",
        ),
    ] = None,
    demand_fee: Annotated[
        str,
        typer.Option(
            "--demand-fee", help="What it costs to demand a part of a proposal: an answer's gas."
        ),
    ] = "1",
    window: Annotated[
        int,
        typer.Option(
            "--window",
            help="Seconds in which a proposal can be challenged; a third is for demands, one for answers.",
        ),
    ] = 3_600,
    patience: Annotated[
        int,
        typer.Option(
            "--patience", help="Seconds after which a round without proposal costs the bond."
        ),
    ] = 3_600,
    succession: Annotated[
        int,
        typer.Option(
            "--succession", help="Seconds after which a node may take a silent aggregator's place."
        ),
    ] = 86_400,
    max_pending: Annotated[
        int, typer.Option("--max-pending", help="Rounds in progress at once, 1 to 8.")
    ] = 1,
    deadline: Annotated[
        int, typer.Option("--deadline", help="Seconds a round waits for replies.")
    ] = 60,
    owner_cut: Annotated[
        int, typer.Option("--owner-cut", help="Your part of licence income, in 1/100 of a percent.")
    ] = 1_000,
    validation: Annotated[
        str, typer.Option("--validation", help="Where the public validation set comes from.")
    ] = "drawn:0:2x10",
    seed: Annotated[int, typer.Option("--seed", help="What version 0 is drawn from.")] = 0,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Write a spec, put all that it names into the store, and start the program on chain."""
    from commonroot.base.amounts import to_units
    from commonroot.base.console import show
    from commonroot.cli.opening import acting, agree
    from commonroot.node.planning import Choices, plan
    from commonroot.node.programs import create as create_program
    from commonroot.node.programs import standing
    from commonroot.protocol.hashing import to_address
    from commonroot.protocol.rules import Visibility
    from commonroot.tasks.sources import characters_from

    choices = Choices(
        name=name,
        rounds=rounds,
        min_nodes=min_nodes,
        max_nodes=max_nodes,
        visibility=Visibility.OPEN if public else Visibility.MEMBERS,
        aggregation=_aggregation(aggregation),
        trim=trim,
        reward=to_units(reward),
        bond=to_units(bond) if bond else None,
        demand_fee=to_units(demand_fee),
        owner_cut=owner_cut,
        window=window,
        patience=patience,
        succession=succession,
        max_pending=max_pending,
        deadline=deadline,
        seed=seed,
    )
    planned = plan(choices, characters_from(validation))
    if dry_run:
        show(_planned(planned), json=json)
        return
    with acting(home, rpc, wallet, password_file) as who:
        agree(f"This pays {budget} into the program.", yes=yes)
        desk = who.desk
        runner = to_address(aggregator) if aggregator else desk.ledger.account
        number = create_program(
            desk.ledger, desk.store, planned, aggregator=runner, budget=to_units(budget)
        )
        show(_record(desk, standing(desk.ledger, number)), json=json)


@app.command("list")
def list_programs(home: Home = None, rpc: Rpc = None, json: Json = False) -> None:
    """List all programs, oldest first."""
    from commonroot.base.amounts import from_units
    from commonroot.base.console import show
    from commonroot.cli.opening import looking
    from commonroot.node.programs import all_programs

    with looking(home, rpc) as desk:
        records = [
            {
                "program": each.program,
                "sponsor": each.state.sponsor,
                "aggregator": each.state.aggregator,
                "rounds": f"{each.state.finalized} of {each.rules.rounds}",
                "budget": from_units(each.state.budget),
                "ended": each.ended,
            }
            for each in all_programs(desk.ledger)
        ]
        show(records, json=json)


@app.command("show")
def show_program(program: Number, home: Home = None, rpc: Rpc = None, json: Json = False) -> None:
    """Show a program: its rules, its money, who takes part."""
    from commonroot.base.console import show
    from commonroot.cli.opening import looking
    from commonroot.node.programs import standing

    with looking(home, rpc) as desk:
        show(_record(desk, standing(desk.ledger, program)), json=json)


@app.command("fund")
def fund(
    program: Number,
    amount: Annotated[str, typer.Argument(help="How much of the token.")],
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Add to a program's budget; what is left in the end goes to the sponsor."""
    from commonroot.base.amounts import to_units
    from commonroot.base.console import show
    from commonroot.cli.opening import acting, agree, rehearsal
    from commonroot.node.programs import fund as fund_program
    from commonroot.node.programs import standing

    with acting(home, rpc, wallet, password_file, rehearsal(dry_run, json=json)) as who:
        agree(f"This pays {amount} into program {program}.", yes=yes or dry_run)
        fund_program(who.desk.ledger, program, to_units(amount))
        show(_record(who.desk, standing(who.desk.ledger, program)), json=json)


@app.command("end")
def end(
    program: Number,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Let no more rounds open, and take back what none has earned."""
    from commonroot.base.amounts import from_units
    from commonroot.base.console import show
    from commonroot.cli.opening import acting, agree, rehearsal
    from commonroot.node.programs import end as end_program

    with acting(home, rpc, wallet, password_file, rehearsal(dry_run, json=json)) as who:
        agree(f"This ends program {program} for good.", yes=yes or dry_run)
        back = end_program(who.desk.ledger, program)
        show({"program": program, "returned": from_units(back)}, json=json)


@app.command("appoint")
def appoint(
    program: Number,
    aggregator: Annotated[str, typer.Argument(help="Whose account runs the rounds from now on.")],
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """Give your program another aggregator, or the same one its time anew."""
    from commonroot.base.console import show
    from commonroot.cli.opening import acting, agree
    from commonroot.node.programs import appoint as appoint_aggregator
    from commonroot.node.programs import standing
    from commonroot.protocol.hashing import to_address

    with acting(home, rpc, wallet, password_file) as who:
        agree(f"This makes {aggregator} the aggregator of program {program}.", yes=yes)
        appoint_aggregator(who.desk.ledger, program, to_address(aggregator))
        show(_record(who.desk, standing(who.desk.ledger, program)), json=json)


@app.command("takeover")
def takeover(
    program: Number,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """Take the place of an aggregator that was silent for very long, as one of its nodes."""
    from commonroot.base.console import show
    from commonroot.cli.opening import acting, agree
    from commonroot.node.programs import standing, take_over

    with acting(home, rpc, wallet, password_file) as who:
        agree(f"This makes you the aggregator of program {program}.", yes=yes)
        take_over(who.desk.ledger, program)
        show(_record(who.desk, standing(who.desk.ledger, program)), json=json)


@app.command("release")
def release(
    program: Number,
    node: Annotated[str, typer.Argument(help="An account that is no member any more.")],
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    json: Json = False,
) -> None:
    """Take an account that is no member any more out of a program, so that no round counts on it."""
    from commonroot.base.console import show
    from commonroot.cli.opening import acting
    from commonroot.node.programs import release as release_node
    from commonroot.node.programs import standing
    from commonroot.protocol.hashing import to_address

    with acting(home, rpc, wallet, password_file) as who:
        release_node(who.desk.ledger, program, to_address(node))
        show(_record(who.desk, standing(who.desk.ledger, program)), json=json)


def _aggregation(name: str) -> Aggregation:
    """Return the rule of a name."""
    from commonroot.base.errors import UsageError
    from commonroot.protocol.rules import Aggregation

    rules = {
        "mean": Aggregation.WEIGHTED_MEAN,
        "clipped": Aggregation.CLIPPED_MEAN,
        "median": Aggregation.MEDIAN,
        "trimmed": Aggregation.TRIMMED_MEAN,
    }
    if name not in rules:
        raise UsageError(f"{name!r} is no rule.", hint=f"Choose one of {', '.join(rules)}.")
    return rules[name]


def _planned(plan: Plan) -> dict[str, Any]:
    from commonroot.base.amounts import from_units
    from commonroot.protocol.hashing import to_hex

    rules = plan.spec.rules
    return {
        "name": plan.spec.name,
        "spec": to_hex(plan.spec.digest),
        "weights": rules.weights,
        "moments": rules.moments,
        "chunks": rules.chunks(),
        "rounds": rules.rounds,
        "aggregation": rules.aggregation.name.lower(),
        "reward": from_units(rules.reward),
        "bond": from_units(rules.bond),
        "demand_fee": from_units(rules.demand_fee),
        "window": rules.window,
        "patience": rules.patience,
        "succession": rules.succession,
    }


def _record(desk: Desk, now: Standing) -> dict[str, Any]:
    from commonroot.base.amounts import from_units
    from commonroot.node.programs import members
    from commonroot.protocol.hashing import to_hex

    state, rules = now.state, now.rules
    return {
        "program": now.program,
        "spec": to_hex(state.spec),
        "sponsor": state.sponsor,
        "aggregator": state.aggregator,
        "visibility": rules.visibility.name.lower(),
        "rounds": f"{state.finalized} of {rules.rounds}",
        "reward": from_units(rules.reward),
        "budget": from_units(state.budget),
        "aggregation": rules.aggregation.name.lower(),
        "bond_per_round": from_units(rules.bond),
        "window": rules.window,
        "patience": rules.patience,
        "due": state.due,
        "bond": from_units(desk.ledger.bonds.bond_of(now.program, state.aggregator).total),
        "nodes": [each.node for each in members(desk.ledger, now.program)],
        "ended": now.ended,
    }
