"""The commands of pages that are not run here, each with why. What they ask of the tool is looked at all the same: its commands and flags."""

SLURM = "needs Slurm and several machines"
CLUSTER = "needs a cluster of Kubernetes"
DOCKER = "needs Docker or Podman and an image's base; scripts/test-deployment builds one"
POSTGRES = "needs a PostgreSQL that has a certificate and lets roles be made; PostgresEventStoreTests run against one without"
PHONE = "scripts/check-consumer builds it, scripts/test-reconnection types to it"

# A page, how the command begins (as a whole, where a line feed ends it), and the reason.
UNRUN = (
    ("Examples/Phone/README.md", "swift run --package-path Examples/Phone phone --model NAME --bundle", PHONE),
    ("Examples/Phone/README.md", "swift run --package-path Examples/Phone phone --model NAME --key", PHONE),
    ("clients/python/README.md", "pip install ./clients/python", "pip would fetch what the package is built with; scripts/test-python-client runs it as it is"),
    ("docs/c.md", "swift build -c release --product MetaNetworkDeviceC", "a build of minutes; DeviceCProcessTests and scripts/check-size make it"),
    ("docs/c.md", "cc program.c", "needs that build; DeviceCProcessTests compile a program against it"),
    ("docs/experiments.md", "metanetwork experiment Experiments/strong-base.yaml\n", "measures for hours; ExperimentCommandTests do it in small"),
    ("docs/experiments.md", "metanetwork experiment Experiments/*.yaml --quick", "ExperimentCommandTests/quick runs it"),
    ("docs/operations.md", "make serve && deploy/build-image", DOCKER),
    ("docs/operations.md", "docker compose up", DOCKER),
    ("docs/operations.md", "kubectl create secret", CLUSTER),
    ("docs/operations.md", "(cd deploy/kubernetes && kustomize edit", CLUSTER),
    ("docs/operations.md", "createuser metanetwork", POSTGRES),
    ("docs/operations.md", "metanetwork serve --events postgres:", POSTGRES),
    ("docs/operations.md", "metanetwork train --data events:postgres:", POSTGRES),
    ("docs/operations.md", "metanetwork events export --events postgres:", POSTGRES),
    ("docs/operations.md", "pg_dump --schema", POSTGRES),
    ("docs/operations.md", "pg_dump --data-only", POSTGRES),
    ("docs/operations.md", 'psql "$NEW"', POSTGRES),
    ("docs/scale.md", "torchrun", "needs PyTorch for Python and two machines"),
    ("docs/scale.md", "srun --nodes 2", SLURM),
    ("docs/scale.md", "srun --nodes 4", SLURM),
    ("docs/scale.md", "mpirun -n 2", "needs Open MPI; the next block and RankProcessTests start ranks without"),
    ("docs/scale.md", "mpirun -n 4", "needs Open MPI; RankProcessTests start ranks that federate without"),
    ("docs/scale.md", "bin/metanetwork train --data ml-100k --out runs/movies --device cuda", "needs an NVIDIA card"),
)


def found(command, page):
    """The line of the list that is about a command; `None` where it is run. Of several beginnings the longest counts."""
    lines = [one for one in UNRUN if one[0] == page and (command + "\n").startswith(one[1])]
    return max(lines, key=lambda one: len(one[1])) if lines else None
