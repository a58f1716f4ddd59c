"""Print the tables of docs/explanation/assessment.md: every rule of csi.assess.

python docs/rules_table.py
"""

from itertools import groupby

from csi.assessment.rules import RULES


def main():
    for area, rules in groupby(RULES.values(), key=lambda rule: rule.area):
        print(f"### {area}\n\n| criterion | passed when | source | if not |")
        print("| --- | --- | --- | --- |")
        for rule in rules:
            print(f"| {rule.criterion} | {rule.rule} | {rule.source} | {rule.todo} |")
        print()


if __name__ == "__main__":
    main()
