"""Stories: the whole bot against a practice workspace, told in what people see and do."""
