namespace Starlark.Syntax;

// Parameters of functions and lambdas.
internal sealed partial class Parser
{
    private List<ParameterSyntax> ParseParameters(TokenKind end)
    {
        var parameters = new List<ParameterSyntax>();
        var afterStar = false;
        while (_token.Kind != end)
        {
            parameters.Add(ParseParameter(afterStar));
            afterStar |= parameters[^1].Form == ParameterForm.Variadic;
            if (_token.Kind == TokenKind.Colon && end == TokenKind.RightParen)
            {
                throw Fail(_token.Start, "type annotations are not supported");
            }

            if (!Take(TokenKind.Comma))
            {
                break;
            }
        }

        CheckParameters(parameters);
        return parameters;
    }

    private ParameterSyntax ParseParameter(bool afterStar)
    {
        var start = _token.Start;
        if (Take(TokenKind.StarStar))
        {
            return new ParameterSyntax(ParameterForm.KeywordVariadic, ExpectName("a parameter name").Text, null) { Start = start, End = _lastEnd };
        }

        if (Take(TokenKind.Star))
        {
            var name = _token.Kind == TokenKind.Identifier ? _token.Text : "";
            if (name.Length > 0)
            {
                Advance();
            }

            return new ParameterSyntax(ParameterForm.Variadic, name, null) { Start = start, End = _lastEnd };
        }

        var identifier = ExpectName("a parameter name");
        var form = afterStar ? ParameterForm.KeywordOnly : ParameterForm.Plain;
        var value = Take(TokenKind.Equal) ? ParseTest() : null;
        return new ParameterSyntax(form, identifier.Text, value) { Start = start, End = _lastEnd };
    }

    private void CheckParameters(List<ParameterSyntax> parameters)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var (optional, star, keywords) = (false, false, false);
        for (var i = 0; i < parameters.Count; i++)
        {
            var p = parameters[i];
            if (p.Name.Length > 0 && !names.Add(p.Name))
            {
                _errors.Add(p.Start, $"duplicate parameter: {p.Name}");
            }

            if (keywords)
            {
                _errors.Add(p.Start, p.Form == ParameterForm.KeywordVariadic ? "multiple ** parameters not allowed" : $"{(p.Form == ParameterForm.Variadic ? "* " : "")}parameter may not follow **kwargs");
            }

            switch (p.Form)
            {
                case ParameterForm.Plain when p.Default is not null:
                    optional = true;
                    break;
                case ParameterForm.Plain when optional:
                    _errors.Add(p.Start, "required parameter may not follow optional");
                    break;
                case ParameterForm.Variadic:
                    if (star)
                    {
                        _errors.Add(p.Start, "multiple * parameters not allowed");
                    }

                    star = true;
                    if (p.Name.Length == 0 && (i + 1 == parameters.Count || parameters[i + 1].Form != ParameterForm.KeywordOnly))
                    {
                        _errors.Add(p.Start, "bare * must be followed by keyword-only parameters");
                    }

                    break;
                case ParameterForm.KeywordVariadic:
                    keywords = true;
                    break;
            }
        }
    }
}
