"""Key vaults; never what is in them."""

from amlaudit.scanners.scanner import GraphQuery, Scanner

SCANNER = Scanner(
    name="keyvault",
    queries=(GraphQuery("keyvault.kql", ("Microsoft.KeyVault/vaults/read",)),),
)
