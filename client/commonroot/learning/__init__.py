"""
Learning to learn: a learner a file, with its paper; one interface, so that all of them federate.

* types          the interface
* reptile        Reptile
* scratch        plain training from a random start: what an initialization must beat
* nets, fitted   the four-conv net, and nets fitted to tasks
* batching       all tasks at once
* evaluate       accuracy before and after adaptation
* validate       the validation gradient, by which contributions are scored
* presets        learners by their spec, and settings that were measured to work
"""
