"""The commands, one file each: a module `name` whose `command` is run by `costguard name`."""
