"""`commonroot deploy`: puts the contracts on a chain, or finds them there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonroot.cli.options import DryRun, Home, Json, PasswordFile, Rpc, Wallet, Yes, verb

if TYPE_CHECKING:  # web3 is for the command itself, not for its help
    from commonroot.node.deployment import Deployment

DAY = 24 * 3600

app = verb()


@app.command()
def deploy(
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            help="What bonds are paid in.",
            show_default="on a dev chain a test token, all of it yours",
        ),
    ] = None,
    bond: Annotated[
        str, typer.Option("--bond", help="The least bond of a node, in the token.")
    ] = "100",
    unbonding: Annotated[
        int,
        typer.Option("--unbonding", min=0, help="Seconds that a bond is held after leaving."),
    ] = 7 * DAY,
    floor: Annotated[
        int,
        typer.Option(
            "--answer-floor",
            min=1,
            help="Least seconds for answers to demands; 600 is sensible on a real chain.",
        ),
    ] = 1,
    answers: Annotated[
        int,
        typer.Option(
            "--answers-per-second",
            min=1,
            help="Answers to expect in a second beyond; 1 is sensible on a real chain.",
        ),
    ] = 1000,
    delivery: Annotated[
        int,
        typer.Option("--delivery", min=0, help="Seconds in which a purchase must be delivered."),
    ] = DAY,
    dispute: Annotated[
        int,
        typer.Option("--dispute", min=0, help="Seconds in which a delivery can be disputed."),
    ] = DAY,
    chain_id: Annotated[
        int | None,
        typer.Option("--chain-id", help="Refuse any other chain.", show_default="any chain"),
    ] = None,
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """
    Put the contracts on a chain, and their addresses into your home's book.

    The same terms have the same addresses on every chain. What stands already is only verified.

    After an interruption the same command goes on from what is there.
    """
    from commonroot.base.amounts import about
    from commonroot.base.console import console, plain, show
    from commonroot.cli.opening import account_of, agree, password, settings_of
    from commonroot.keys.places import wallets
    from commonroot.ledger.plan import Terms
    from commonroot.node.deployment import Wishes, prepare
    from commonroot.protocol.hashing import to_address

    settings = settings_of(home, rpc, wallet)
    account = account_of(settings, None)
    terms = Terms(
        token=to_address(token) if token else None,
        unbonding_delay=unbonding,
        answer_floor=floor,
        answers_per_second=answers,
        delivery_time=delivery,
        dispute_time=dispute,
    )
    with prepare(settings, account, Wishes(terms, bond, chain_id)) as deployment:
        if dry_run:
            show(_outlook(deployment), json=json)
            return
        if deployment.costs:
            left, ether = deployment.outlook.missing, about(deployment.outlook.ether)
            agree(f"{len(left)} contracts are left to deploy, for about {ether} ether.", yes=yes)
        err = console(stderr=True)
        book = deployment.carry_out(
            lambda: wallets(settings.home).unlock(
                settings.wallet, password(settings.wallet, password_file)
            ),
            lambda words: err.print(plain(words), soft_wrap=True),
        )
    show({"chain": book.chain_id, **book.places()}, json=json)


def _outlook(deployment: Deployment) -> dict[str, Any]:
    from commonroot.base.amounts import from_units

    found = deployment.outlook
    # Without its token, nothing has an address yet.
    places: dict[str, str] = {}
    if found.plan is not None:
        named = {"token": found.plan.token, "deployer": found.plan.deployer, **found.plan.places}
        places = {name.lower(): place for name, place in named.items()}
    return {
        "chain": deployment.chain_id,
        **places,
        "missing": found.missing,
        "gas": found.gas,
        "ether": from_units(found.ether),
    }
