# A form with the kinds of fields that the others lack, for BB_EXTRA_CFG of the fixture.
c['schedulers'].append(schedulers.ForceScheduler(
    name='odd', label='Odd fields', builderNames=['fast'], codebases=[''],
    properties=[
        util.ChoiceStringParameter(name='flags', label='Flags', choices=['fast', 'loud', 'new'], multiple=True, default=['new']),
        util.ChoiceStringParameter(name='any', label='Any', choices=['this'], strict=False, default='this'),
        util.IntParameter(name='size', label='Size', default=1),
        util.BooleanParameter(name='sure', label='Sure', default=True),
        util.TextParameter(name='blob', label='Blob', default=''),
        util.FixedParameter(name='constant', default='fixed'),
        util.NestedParameter(name='group', label='Group', fields=[util.StringParameter(name='inner', label='Inner')]),
    ]))
