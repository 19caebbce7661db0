namespace Starlark.Tests.Syntax;

public sealed class LexicalTests
{
    [Theory]
    [InlineData("print(1, 0x1F, 0o17, 0b101)", "1 31 15 5")]
    [InlineData("print(123456789012345678901234567890)", "123456789012345678901234567890")]
    [InlineData("print(1., .5, 1e3, 1.5e-3)", "1.0 0.5 1000.0 0.0015")]
    [InlineData("print('a' + \"b\")", "ab")]
    [InlineData("print('''a\nb''')", "a\nb")]
    [InlineData("print('''a\r\nb''')", "a\nb")]
    [InlineData("""print(r"\d\n", len(r"\""))""", "\\d\\n 2")]
    [InlineData("""print("\x41\101\u00e9\U0001F600")""", "AA\u00e9\U0001F600")]
    [InlineData("""print(repr(b"\xff\x00a"))""", "b\"\\xff\\x00a\"")]
    [InlineData("""print(repr(rb"\xff"))""", "b\"\\\\xff\"")]
    [InlineData("print('a\\\nb')", "ab")]
    [InlineData("x = 1 + \\\n    2\nprint(x)", "3")]
    [InlineData("x = (1 +\n\n  # note\n2)\nprint(x)", "3")]
    [InlineData("x = 1; y = 2; print(x, y);", "1 2")]
    [InlineData("print(1) # no newline", "1")]
    [InlineData("# only a comment", "")]
    [InlineData("", "")]
    [InlineData("\u00e9t\u00e9 = 1\n\u03c0 = 2\nprint(\u00e9t\u00e9 + \u03c0)", "3")]
    [InlineData("x = 1\r\nif x:\r\n    print(x)\r\n", "1")]
    [InlineData("def f():\n\tx = 1\n        return x\nprint(f())", "1")]
    [InlineData("assert = 1\nprint(assert)", "1")]
    public void Text_is_read(string source, string output) => Assert.Equal(output, Script.Output(source));

    [Theory]
    [InlineData("x = 0755", "1:5", "0o755")]
    [InlineData("x = 0xg", "1:5", "invalid hexadecimal literal")]
    [InlineData("x = 0b12", "1:5", "invalid binary literal")]
    [InlineData("x = 'abc", "1:5", "unexpected EOF in string")]
    [InlineData("x = '''abc\n", "1:5", "unexpected EOF in string: the three closing quotes")]
    [InlineData("x = '\\q'", "1:6", "\\q")]
    [InlineData("x = '\\x80'", "1:6", "\\u0080")]
    [InlineData("x = '\\200'", "1:6", "\\177")]
    [InlineData("x = '\\ud800'", "1:6", "surrogate")]
    [InlineData("x = '\\U00110000'", "1:6", "U+10FFFF")]
    [InlineData("x = '\\u12'", "1:6", "4 hexadecimal digits")]
    [InlineData("x = 'a' 'b'", "1:9", "not joined")]
    [InlineData("print(f'{1}')", "1:7", "\"%s\" % x")]
    [InlineData("print(f'{1}')", "1:7", "\"{}\".format(x)")]
    [InlineData("x = 1 ? 2", "1:7", "unexpected character '?'")]
    [InlineData("x = !1", "1:5", "use not")]
    [InlineData("def f():\n    x = 1\n  y = 2", "3:3", "unindent does not match")]
    [InlineData("  x = 1", "1:3", "unexpected indentation")]
    [InlineData("\u00e9 = 1; x = '\u00e9' + ?", "1:18", "unexpected character")]
    public void Bad_text_is_an_error_at_its_place(string source, string position, string message)
    {
        var error = Script.StaticErrors(source)[0];

        Assert.StartsWith(position + ": ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_an_error_at_the_first_of_them()
    {
        var source = new SourceFile("t.star", new byte[] { (byte)'x', (byte)'=', (byte)'"', 0xC3, 0x28, (byte)'"' });

        var error = Assert.Throws<SyntaxErrorException>(() => CompiledModule.Compile(source, DialectOptions.Extended, new Predeclared()));

        Assert.Equal("t.star:1:4: the file is not valid UTF-8", error.Message);
    }

    [Fact]
    public void A_byte_order_mark_is_skipped() =>
        Assert.Equal("1:1: undefined: prin (did you mean print?)", Assert.Single(Script.StaticErrors("\uFEFFprin(1)")));

    [Theory]
    [InlineData("class A:\n    pass", "struct(")]
    [InlineData("try:\n    x = 1", "test the condition")]
    [InlineData("with x:\n    pass", "call the functions")]
    [InlineData("import os", "load(")]
    [InlineData("raise x", "fail(")]
    [InlineData("del x", "reserved")]
    [InlineData("global x", "reserved")]
    [InlineData("def f():\n    yield 1", "reserved")]
    [InlineData("is = 1", "==")]
    public void Reserved_words_say_what_to_use_instead(string source, string advice) =>
        Assert.Contains(advice, Script.StaticErrors(source)[0], StringComparison.Ordinal);

    [Theory]
    [InlineData("del")]
    [InlineData("class")]
    [InlineData("if")]
    [InlineData("load")]
    [InlineData("is")]
    public void After_a_dot_every_word_is_a_name(string word) =>
        Assert.Contains($"int has no .{word} field or method", Script.Error($"x = 1\nx.{word}(k = 2)").Message, StringComparison.Ordinal);
}
