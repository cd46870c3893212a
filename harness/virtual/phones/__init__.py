"""The virtual phones: descriptions as data, their live state, and what their programs answer.

`models/*.yaml` hold facts of real phones with their sources; `fleet.yaml` holds the single phones
of the lab with made-up serial numbers. `simulation:` keys are made up and say so.
"""
