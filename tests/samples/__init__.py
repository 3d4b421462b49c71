"""The sample rosters, night by night, and the large district of the benchmarks."""
