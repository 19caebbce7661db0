namespace Faultbox.Spec.Tests.Loading;

public sealed class LoadErrorTests
{
    [Fact]
    public void An_unknown_keyword_names_builtin_label_position_nearest_match_and_the_valid_ones()
    {
        using var spec = new SpecDirectory();
        spec.With("shop.star", "cart = service(\"cart\", \"/bin/true\", enw = {})\n");
        var error = spec.Load().Error!;
        Assert.Equal("SPEC_LOAD_FAILED", error.Code);
        Assert.StartsWith($"load {spec.Path}/shop.star: shop.star:1:", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            "service(\"cart\"): unknown keyword argument \"enw\"; did you mean \"env\"? valid: binary, image, build, remote, volumes, ports, healthcheck, env, args, depends_on, ops, reuse, seed, reset, seccomp, nondeterministic_ok, io_uring",
            error.Message,
            StringComparison.Ordinal);
        Assert.StartsWith("Traceback (most recent call last):\n  shop.star:1:", error.Traceback, StringComparison.Ordinal);
        Assert.Contains("in <toplevel>\nError in service: ", error.Traceback, StringComparison.Ordinal);
        Assert.False(string.IsNullOrWhiteSpace(error.Suggestion));
    }

    [Fact]
    public void Several_syntax_errors_are_reported_together_in_position_order()
    {
        var error = SpecDirectory.Error("x = (1 +\n\ny = ]\ndef f():\n    return =\n");
        Assert.Equal("SPEC_SYNTAX", error.Code);
        Assert.True(error.Findings.Count >= 2, error.Message);
        Assert.Equal(error.Findings.Count, error.Message.Split('\n').Length);
        Assert.Equal(error.Findings.OrderBy(f => f.Position!.Value.Line).Select(f => f.Position), error.Findings.Select(f => f.Position));
        Assert.Null(error.Traceback);
    }

    [Fact]
    public void A_global_bound_twice_is_a_syntax_error_that_names_the_first_binding()
    {
        var error = SpecDirectory.Error("x = 1\nx = 2\n");
        Assert.Equal("SPEC_SYNTAX", error.Code);
        Assert.Contains("cannot reassign global x", error.Message, StringComparison.Ordinal);
        Assert.Contains("shop.star:1:1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("open", "load_file")]
    [InlineData("time", "duration")]
    [InlineData("random", "probability")]
    public void Names_of_other_languages_get_a_hint(string name, string hint)
    {
        var error = SpecDirectory.Error($"x = {name}(\"x\")\n");
        Assert.Equal("SPEC_SYNTAX", error.Code);
        Assert.Contains($"undefined: {name}", error.Message, StringComparison.Ordinal);
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_removed_builtin_names_its_replacement()
    {
        var error = SpecDirectory.Error("d = json_decoder()\n");
        Assert.Equal("SPEC_LOAD_FAILED", error.Code);
        Assert.Contains("removed", error.Message, StringComparison.Ordinal);
        Assert.Contains("decoder(\"json\")", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_root_is_a_plain_error_without_code()
    {
        using var spec = new SpecDirectory();
        var error = spec.Load("none.star").Error!;
        Assert.Null(error.Code);
        Assert.Equal($"read {spec.Path}/none.star: no such file or directory", error.Message);
    }

    [Fact]
    public void Too_many_steps_end_the_load_with_a_position()
    {
        using var spec = new SpecDirectory();
        spec.WithVariable("FAULTBOX_MAX_LOAD_STEPS", "10000")
            .With("shop.star", "def spin():\n    for i in range(1000000000):\n        pass\n\nspin()\n");
        var error = spec.Load().Error!;
        Assert.Equal("SPEC_LOAD_FAILED", error.Code);
        Assert.Contains("too many steps", error.Message, StringComparison.Ordinal);
        Assert.Contains("shop.star:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelling_ends_a_load()
    {
        using var spec = new SpecDirectory();
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        spec.With("shop.star", "def spin():\n    for i in range(1000000000):\n        pass\n\nspin()\n");
        Assert.Throws<OperationCanceledException>(() => spec.LoadUntil(cancelled.Token));
    }

    [Fact]
    public void Declarations_and_actions_are_bound_to_their_phase()
    {
        Assert.Contains(
            "fault_stop() may only be called while a test runs",
            SpecDirectory.Error("s = service(\"s\", \"/bin/true\")\nfault_stop(s)\n").Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "sleep() may only be called inside a test body",
            SpecDirectory.Error("sleep(\"1s\")\n").Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_false_assertion_at_module_level_is_a_load_error()
    {
        Assert.EndsWith("assert_eq failed: 1 != 2 (one)", SpecDirectory.Error("assert_eq(1, 2, \"one\")\n").Message, StringComparison.Ordinal);
        Assert.EndsWith("assertion failed", SpecDirectory.Error("assert_true(False)\n").Message, StringComparison.Ordinal);
        Assert.EndsWith("boom", SpecDirectory.Error("assert_true(False, message = \"boom\")\n").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prints_are_kept_and_passed_on()
    {
        using var spec = new SpecDirectory();
        spec.With("shop.star", "print(\"a\", 1)\nprint(\"b\")\ndef test_x():\n    pass\n");
        var lines = new List<string>();
        var result = Spec.Loading.SpecLoader.Load(new Spec.Loading.SpecLoadOptions(spec.Path + "/shop.star") { Print = lines.Add });
        Assert.Equal("a 1\nb\n", result.Model!.Prints);
        Assert.Equal(["a 1", "b"], lines);
    }
}
