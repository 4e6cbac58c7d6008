"""`commonroot aggregator`: runs a program's rounds."""

from __future__ import annotations

from typing import Annotated

import typer

from commonroot.cli.options import Home, Json, PasswordFile, Rpc, Wallet, noun

app = noun("Run a program's rounds.")


@app.command("run")
def run_rounds(
    program: Annotated[int, typer.Argument(help="The program's number.")],
    home: Home = None,
    rpc: Rpc = None,
    wallet: Wallet = None,
    password_file: PasswordFile = None,
    port: Annotated[
        int, typer.Option("--port", help="Where the SuperLink listens; 0 takes any free port.")
    ] = 0,
    confirmations: Annotated[
        int | None,
        typer.Option(
            "--confirmations",
            min=0,
            help="Blocks to wait before building on one.",
            show_default="3, on a dev chain 0",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Run a program's rounds until all are final; a run that was interrupted goes on."""
    from commonroot.aggregator.run import run
    from commonroot.aggregator.show import Display, as_json
    from commonroot.cli.opening import password, settings_of
    from commonroot.keys.places import wallets
    from commonroot.node.kept import chain_of

    settings = settings_of(home, rpc, wallet)
    opened = wallets(settings.home).unlock(
        settings.wallet, password(settings.wallet, password_file)
    )
    with chain_of(settings) as url:
        tell = as_json if json else Display()
        run(
            settings,
            program,
            opened,
            rpc=url,
            port=port,
            confirmations=confirmations,
            tell=tell,
        )


@app.command("certify")
def certify(
    program: Annotated[int, typer.Argument(help="The program's number.")],
    home: Home = None,
    host: Annotated[
        list[str] | None, typer.Option("--host", help="A name or address nodes will use.")
    ] = None,
    json: Json = False,
) -> None:
    """Make the certificate that nodes will know the aggregator by, and show its fingerprint."""
    from commonroot.aggregator.ready import certificate_in
    from commonroot.aggregator.run import folder_of
    from commonroot.base.console import show
    from commonroot.cli.opening import settings_of
    from commonroot.protocol.hashing import to_hex

    folder = folder_of(settings_of(home), program)
    certificate, key, fingerprint = certificate_in(folder, tuple(host or ()))
    made = {"certificate": certificate, "key": key, "fingerprint": to_hex(fingerprint)}
    show({name: str(value) for name, value in made.items()}, json=json)
