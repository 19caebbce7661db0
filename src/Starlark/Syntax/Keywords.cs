namespace Starlark.Syntax;

/// <summary>The keywords of the language, and the words it reserves together with the advice given on their use.</summary>
internal static class Keywords
{
    public static bool TryGetKeyword(string text, out TokenKind kind)
    {
        TokenKind? found = text switch
        {
            "and" => TokenKind.And,
            "break" => TokenKind.Break,
            "continue" => TokenKind.Continue,
            "def" => TokenKind.Def,
            "elif" => TokenKind.Elif,
            "else" => TokenKind.Else,
            "for" => TokenKind.For,
            "if" => TokenKind.If,
            "in" => TokenKind.In,
            "lambda" => TokenKind.Lambda,
            "load" => TokenKind.Load,
            "not" => TokenKind.Not,
            "or" => TokenKind.Or,
            "pass" => TokenKind.Pass,
            "return" => TokenKind.Return,
            "while" => TokenKind.While,
            _ => null,
        };
        kind = found.GetValueOrDefault();
        return found is not null;
    }

    public static bool IsReserved(string text) => Advice(text) is not null;

    public static string AdviceFor(string reserved) => Advice(reserved)!;

    private static string? Advice(string text) => text switch
    {
        "as" => "'as' is a reserved word",
        "async" => "'async' is a reserved word: there are no asynchronous functions",
        "await" => "'await' is a reserved word: there are no asynchronous functions",
        "class" => "class definitions are not supported: use struct(...) for records and functions for behavior",
        "del" => "'del' is a reserved word: use the pop or remove method of the collection",
        "except" => "'except' is a reserved word: errors cannot be caught, test the condition first",
        "finally" => "'finally' is a reserved word: errors cannot be caught",
        "from" => "'from' is a reserved word: use load(\"module.star\", \"name\") to import names",
        "global" => "'global' is a reserved word: functions cannot assign global variables, return the value instead",
        "import" => "import is not supported: use load(\"module.star\", \"name\")",
        "is" => "the operator 'is' is not supported: use ==",
        "nonlocal" => "'nonlocal' is a reserved word: functions cannot assign variables of an enclosing function",
        "raise" => "raise is not supported: use fail(\"message\")",
        "try" => "try is not supported: errors cannot be caught, test the condition with if first",
        "with" => "with is not supported: call the functions directly, nothing needs closing",
        "yield" => "'yield' is a reserved word: generators are not supported, return a list",
        _ => null,
    };
}
