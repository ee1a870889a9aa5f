"""Plans of Microsoft Defender for Cloud, its assessments and their details."""

from amlaudit.scanners.scanner import GraphQuery, Scanner

SCANNER = Scanner(
    name="defender",
    queries=(
        GraphQuery(
            "defender.kql",
            (
                "Microsoft.Security/pricings/read",
                "Microsoft.Security/assessments/read",
                "Microsoft.Security/assessments/subAssessments/read",
            ),
            {"Microsoft.Security/pricings/read": "2024-01-01"},
        ),
    ),
)
