"""The pages people see: server-rendered, working without scripts, in two languages."""
