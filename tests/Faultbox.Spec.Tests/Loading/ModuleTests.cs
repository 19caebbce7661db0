namespace Faultbox.Spec.Tests.Loading;

public sealed class ModuleTests
{
    [Fact]
    public void A_module_reached_by_two_paths_is_executed_once()
    {
        using var spec = new SpecDirectory();
        spec.With("common.star", "print(\"once\")\nsvc = service(\"db\", \"/bin/true\")\n")
            .With("a.star", "load(\"common.star\", \"svc\")\na_svc = svc\n")
            .With("b.star", "load(\"common.star\", \"svc\")\nb_svc = svc\n")
            .With("shop.star", "load(\"a.star\", \"a_svc\")\nload(\"b.star\", \"b_svc\")\nassert_true(a_svc == b_svc)\ndef test_x():\n    pass\n");
        var model = spec.Load().Model!;
        Assert.Equal("once\n", model.Prints);
        Assert.Equal("db", Assert.Single(model.Services).Name);
    }

    [Fact]
    public void A_cycle_names_the_chain()
    {
        using var spec = new SpecDirectory();
        spec.With("a.star", "load(\"b.star\", \"y\")\nx = 1\n")
            .With("b.star", "load(\"a.star\", \"x\")\ny = 1\n")
            .With("shop.star", "load(\"a.star\", \"x\")\n");
        Assert.Contains("load cycle: a.star → b.star → a.star", spec.LoadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_embedded_module_has_its_own_code()
    {
        var error = SpecDirectory.Error("load(\"@faultbox/recipes/nope.star\", \"nope\")\n");
        Assert.Equal("SPEC_RECIPE_NOT_FOUND", error.Code);
        Assert.Contains("faultbox stdlib", error.Message, StringComparison.Ordinal);
        Assert.Contains("faultbox recipes list", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_code_survives_the_module_that_loads_it()
    {
        using var spec = new SpecDirectory();
        spec.With("a.star", "load(\"@faultbox/recipes/nope.star\", \"nope\")\nx = 1\n").With("shop.star", "load(\"a.star\", \"x\")\n");
        Assert.Equal("SPEC_RECIPE_NOT_FOUND", spec.Load().Error!.Code);
    }

    [Fact]
    public void A_path_may_start_at_the_root_or_at_the_loading_file()
    {
        using var spec = new SpecDirectory();
        spec.With("lib/x.star", "load(\"y.star\", \"y\")\nx = y\n").With("lib/y.star", "y = \"lib\"\n")
            .With("shop.star", "load(\"lib/x.star\", \"x\")\nprint(x)\ndef test_x():\n    pass\n");
        Assert.Equal("lib\n", spec.Load().Model!.Prints);

        spec.With("y.star", "y = \"root\"\n");
        var model = spec.Load().Model!;
        Assert.Equal("root\n", model.Prints);
        Assert.Contains(model.Diagnostics, d => d.Code == "LOAD_PATH_AMBIGUOUS");
    }

    [Fact]
    public void A_missing_module_and_a_network_path_are_refused()
    {
        using var spec = new SpecDirectory();
        spec.With("shop.star", "load(\"lib/none.star\", \"x\")\n");
        Assert.Contains("load(\"lib/none.star\"): no such file or directory (looked for lib/none.star)", spec.LoadError(), StringComparison.Ordinal);
        spec.With("shop.star", "load(\"https://example.org/x.star\", \"x\")\n");
        Assert.Contains("network schemes are not supported", spec.LoadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_syntax_error_in_a_loaded_module_is_a_syntax_error_of_the_specification()
    {
        using var spec = new SpecDirectory();
        spec.With("a.star", "x = = 1\n").With("shop.star", "load(\"a.star\", \"x\")\n");
        var error = spec.Load().Error!;
        Assert.Equal("SPEC_SYNTAX", error.Code);
        Assert.Contains("a.star:1:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_in_a_loaded_module_shows_both_modules()
    {
        using var spec = new SpecDirectory();
        spec.With("a.star", "x = 1\nfail(\"no\")\n").With("shop.star", "load(\"a.star\", \"x\")\n");
        var error = spec.Load().Error!;
        Assert.Contains("a.star:2:", error.Message, StringComparison.Ordinal);
        Assert.Contains("a.star:2:", error.Traceback, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_local_file_is_captured_once()
    {
        using var spec = new SpecDirectory();
        spec.With("a.star", "x = 1\n").With("data.txt", "data")
            .With("shop.star", "load(\"a.star\", \"x\")\nd = load_file(\"data.txt\")\ne = load_file(\"data.txt\")\ndef test_x():\n    pass\n");
        Assert.Equal(["shop.star", "a.star", "data.txt"], spec.Load().Model!.Files.Select(f => Path.GetFileName(f.AbsolutePath)));
    }

    [Fact]
    public void Hermetic_loading_stays_inside_the_base_directory_even_through_links()
    {
        using var outside = new SpecDirectory();
        outside.With("x.star", "x = 1\n");
        using var spec = new SpecDirectory();
        File.CreateSymbolicLink(spec.Path + "/link.star", outside.Path + "/x.star");
        spec.With("shop.star", "load(\"link.star\", \"x\")\ndef test_x():\n    pass\n");
        Assert.True(spec.Load().Succeeded);
        spec.WithVariable("FAULTBOX_HERMETIC", "1");
        var message = spec.LoadError();
        Assert.Contains("FAULTBOX_HERMETIC=1", message, StringComparison.Ordinal);
        Assert.Contains(outside.Path, message, StringComparison.Ordinal);
    }
}
