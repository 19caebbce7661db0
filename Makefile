.PHONY: demo test test-fast test-jitter bench format setup

# The bundled example end to end: two real services, eight kinds of trouble, one bundle.
demo:
	./faultbox test examples/orders/faultbox.star

# Everything: installs what the tests talk to, builds, runs every test.
test: setup
	eng/test.sh

# The inner loop: what needs no server, no package and no long run.
test-fast:
	eng/test.sh --fast

# All tests while threads sleep at random moments: finds races, in the product and in the tests.
test-jitter: setup
	eng/test.sh --jitter

bench:
	eng/bench.sh

format:
	dotnet format Faultbox.slnx

setup:
	eng/setup.sh
