module tongpin

go 1.26.0
