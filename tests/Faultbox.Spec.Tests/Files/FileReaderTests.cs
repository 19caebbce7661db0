using System.Text;

namespace Faultbox.Spec.Tests.Files;

public sealed class FileReaderTests
{
    [Fact]
    public void Json_keeps_key_order_and_exact_integers()
    {
        Assert.Equal(
            "{\"b\": 1, \"a\": 9007199254740993, \"big\": 123456789012345678901234567890, \"whole\": 3, \"part\": 2.5, \"n\": None, \"l\": [True, \"x\"]}",
            Json("{\"b\": 1, \"a\": 9007199254740993, \"big\": 123456789012345678901234567890, \"whole\": 3.0, \"part\": 2.5, \"n\": null, \"l\": [true, \"x\"]}"));
    }

    [Fact]
    public void Of_two_json_keys_the_last_value_wins_at_the_first_place()
    {
        Assert.Equal("{\"a\": 3, \"b\": 2}", Json("{\"a\": 1, \"b\": 2, \"a\": 3}"));
    }

    [Theory]
    [InlineData("{\"a\": }", "line 1, column 7")]
    [InlineData("{\n  \"a\": 1,\n  x\n}", "line 3, column 3")]
    [InlineData("[1, 2", "line 1, column 6: the document ends too early")]
    [InlineData("1 2", "line 1, column 3")]
    [InlineData("", "line 1, column 1: the document ends too early")]
    [InlineData("[1e999]", "line 1, column 2: number 1e999 is out of range")]
    public void Malformed_json_names_file_line_and_column(string json, string place)
    {
        using var spec = new SpecDirectory();
        spec.With("d.json", json).With("shop.star", "d = load_json(\"d.json\")\n");
        Assert.Contains($"load_json(\"d.json\"): bad JSON at {place}", spec.LoadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Yaml_scalars_follow_the_core_schema()
    {
        Assert.Equal(
            "{\"i\": 12, \"o\": 15, \"x\": 31, \"b\": 3, \"f\": 1.5, \"inf\": +inf, \"nan\": nan, \"t\": True, \"y\": \"yes\", \"q\": \"12\", \"d\": \"2024-01-01\", \"n\": None, \"e\": None, \"s\": \"12\"}",
            Yaml("i: 12\no: 0o17\nx: 0x1f\nb: 0b11\nf: 1.5\ninf: .inf\nnan: .nan\nt: true\ny: yes\nq: \"12\"\nd: 2024-01-01\nn: null\ne:\ns: !!str 12\n"));
    }

    [Fact]
    public void Yaml_aliases_and_merge_keys_are_resolved()
    {
        Assert.Equal(
            "{\"base\": {\"a\": 1, \"b\": 2}, \"one\": {\"b\": 3, \"a\": 1}, \"two\": [{\"a\": 1, \"b\": 2}]}",
            Yaml("base: &base\n  a: 1\n  b: 2\none:\n  b: 3\n  <<: *base\ntwo: [*base]\n"));
    }

    [Fact]
    public void Only_the_first_yaml_document_is_read_and_an_empty_file_is_None()
    {
        Assert.Equal("1", Yaml("1\n---\n2\n"));
        Assert.Equal("None", Yaml(""));
        Assert.Equal("None", Yaml("# nothing\n"));
    }

    [Fact]
    public void A_yaml_key_that_is_no_string_names_key_and_file()
    {
        using var spec = new SpecDirectory();
        spec.With("d.yaml", "a: 1\n1: x\n").With("shop.star", "d = load_yaml(\"d.yaml\")\n");
        Assert.Contains(
            "load_yaml(\"d.yaml\"): bad YAML at line 2, column 1: mapping key 1 is not a string; write \"1\"", spec.LoadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Yaml_aliases_that_explode_are_refused()
    {
        var text = new StringBuilder("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
        for (var c = 'b'; c <= 'h'; c++)
        {
            var previous = (char)(c - 1);
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{c}: &{c} [{string.Join(", ", Enumerable.Repeat("*" + previous, 10))}]\n");
        }

        using var spec = new SpecDirectory();
        spec.With("d.yaml", text.ToString()).With("shop.star", "d = load_yaml(\"d.yaml\")\n");
        Assert.Contains("aliases expand to more than 100000 nodes", spec.LoadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_read_byte_for_byte()
    {
        using var spec = new SpecDirectory();
        spec.WithBytes("d.bin", [0, 255, 10, 128])
            .With("shop.star", "d = load_file(\"d.bin\")\nprint(len(d), d.elem_ords())\n");
        spec.With("shop.star", "d = load_file(path = \"d.bin\")\nprint(len(d))\n");
        Assert.Equal("4\n", spec.Load().Model!.Prints);
    }

    [Fact]
    public void The_size_limit_names_size_variable_and_limit()
    {
        using var spec = new SpecDirectory();
        spec.WithVariable("FAULTBOX_LOAD_FILE_MAX_BYTES", "10").With("d.txt", "12345678901").With("shop.star", "d = load_file(\"d.txt\")\n");
        Assert.Contains("the file has 11 bytes, more than FAULTBOX_LOAD_FILE_MAX_BYTES allows (10)", spec.LoadError(), StringComparison.Ordinal);
        spec.WithVariable("FAULTBOX_LOAD_FILE_MAX_BYTES", "lots");
        Assert.True(spec.Load().Succeeded);
    }

    [Theory]
    [InlineData("load_file(\"http://x/y\")", "load_file(\"http://x/y\"): network schemes are not supported; name a file")]
    [InlineData("load_file(\"none.txt\")", "load_file(\"none.txt\"): no such file or directory (looked for none.txt)")]
    [InlineData("load_file(\".\")", "load_file(\".\"): is a directory, not a file")]
    [InlineData("load_file(1)", "load_file(): path must be string, got int")]
    [InlineData("load_file()", "load_file(): missing required argument path")]
    [InlineData("load_file(\"a\", mode = \"r\")", "load_file(): unknown keyword argument \"mode\"")]
    public void Refused_paths_name_the_builtin_and_the_path_as_written(string call, string message)
    {
        using var spec = new SpecDirectory();
        spec.With("shop.star", $"d = {call}\n");
        Assert.Contains(message, spec.LoadError(), StringComparison.Ordinal);
    }

    private static string Json(string json)
    {
        using var spec = new SpecDirectory();
        return Decoded(spec.With("d.json", json).With("shop.star", "print(load_json(\"d.json\"))\n"));
    }

    private static string Yaml(string yaml)
    {
        using var spec = new SpecDirectory();
        return Decoded(spec.With("d.yaml", yaml).With("shop.star", "print(load_yaml(\"d.yaml\"))\n"));
    }

    private static string Decoded(SpecDirectory spec)
    {
        var result = spec.Load();
        Assert.True(result.Succeeded, result.Error?.Message);
        return result.Model.Prints.TrimEnd('\n');
    }
}
