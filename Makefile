.PHONY: demo test test-fast bench format setup

# The bundled example end to end: two real services, eight kinds of trouble, one bundle.
demo:
	./faultbox test examples/orders/faultbox.star

# Everything: installs what the tests talk to, builds, runs every test.
test: setup
	eng/test.sh

# The inner loop: what needs no server, no package and no long run.
test-fast:
	eng/test.sh --fast

bench:
	eng/bench.sh

format:
	dotnet format Faultbox.slnx

setup:
	eng/setup.sh
