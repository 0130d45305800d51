"""Ways of respondents, step by step, as tests/host/whole_way.mjs takes them."""

ANSWERS = {
    "industry": "care",
    "size": "50-249",
    "priorities": ("pay", "hiring"),
    "okrs": (("retain", "turnover", "behind"), ("hire", "time_to_fill", "done")),
    "blockers": ("cost", "belief"),
    "heard": 2,
    "people_budget": "1000-1778",
    "burnout": "12-14",
}
# With a look by axe at every screen, which takes longer than the way itself: for one test.
LOOKING_TO_THE_FORM = [
    ["at", "What moves the needle"],
    ["axe"],
    ["shot", "promise"],
    ["click", "Go on"],
    ["at", "Your code"],
    ["axe"],
    ["shot", "code"],
    ["click", "Use my code"],
    ["at", "Where you work"],
]
LOOKING_AT_THE_FORM = [
    ["tick", "industry", "Another <img src=x onerror=alert(1)> industry"],  # a label is text, whatever it holds
    ["tick", "industry", "Health and social care"],
    ["tick", "size", "None: I advise other companies"],
    ["axe"],
    ["shot", "form-1"],
    ["click", "Next"],
    ["at", "What you are working on"],
    ["pick", "priorities", 0, "Keeping people"],
    ["pick", "priorities", 1, "Pay and benefits"],
    ["pick", "priorities", 2, "Hiring"],
    ["pick", "priorities", 0, "Nothing chosen"],  # the others move up
    *[["pick", "okrs", n, label] for n, label in enumerate(("Fill roles well and in time", "Time to fill", "Reached"))],
    *[
        ["pick", "okrs", n + 3, label]
        for n, label in enumerate(("Keep the people we need", "Regretted turnover", "Behind"))
    ],
    ["axe"],
    ["shot", "form-2"],
    ["click", "Next"],
    ["at", "What you have"],  # whoever advises others is not asked what stands in the way
    ["hidden", "people_budget"],
    ["click", "Back"],
    ["click", "Back"],
    ["at", "Where you work"],
    ["tick", "size", "50 to 249"],
    ["click", "Next"],
    ["click", "Next"],
    ["at", "What stands in the way"],
    ["tick", "blockers", "They rarely say no"],
    ["tick", "blockers", "They do not believe in it"],  # takes the place of the one that stands alone
    ["tick", "blockers", "It costs too much"],
    ["tick", "heard", "2"],
    ["axe"],
    ["shot", "form-3"],
    ["press", "Next"],
    ["at", "What you have"],
    ["type", "people_budget", "1,234.56"],
    ["reads", "The only thing that will be sent: 1,000 to under 1,778 EUR per employee and year."],
    *[["point", "burnout", item, value] for item, value in enumerate((5, 4, 3, 1))],
    ["axe"],
    ["shot", "form-4"],
    ["click", "Next"],
    ["at", "Look it over"],
    ["reads", "2. Hiring"],
    ["axe"],
    ["shot", "review"],
]
TO_THE_FORM, THE_FORM = (
    [step for step in way if step != ["axe"]] for way in (LOOKING_TO_THE_FORM, LOOKING_AT_THE_FORM)
)

# The same through the round of three short questions.
TO_THE_PULSE = [["at", "Pulse"], ["click", "Go on"], ["at", "Your code"], ["click", "Use my code"], ["at", "You"]]
THE_PULSE = [["tick", "team", "South"], ["tick", "mood", "4"], ["click", "Next"], ["at", "Look it over"]]
PULSE_SAYS = {"team": "south", "mood": 4}
SEND = ["click", "Send my answers"]
KEEP = ["check", "Keep my pass on this device, so that I can change or take back my answers until the round closes"]
FILE = ["check", "Let me save my pass as a file instead"]
