"""Container registries."""

from amlaudit.scanners.scanner import GraphQuery, Scanner

SCANNER = Scanner(
    name="registry",
    queries=(GraphQuery("registry.kql", ("Microsoft.ContainerRegistry/registries/read",)),),
)
