"""Questionnaires: what is asked, in which order, of how many people, and how it is coded.

`csi.questionnaires.questionnaire` makes one from a model, `plan` says how many
people to ask, `routing` who is asked what, `rehearsal` answers it at random.
"""
