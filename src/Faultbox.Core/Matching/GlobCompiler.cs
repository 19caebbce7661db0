using System.Text;

namespace Faultbox.Core.Matching;

/// <summary>Turns the text of a glob into the states of its automaton.</summary>
internal ref struct GlobCompiler
{
    private readonly ReadOnlySpan<char> _pattern;
    private readonly List<GlobState> _states = [];
    private int _position;
    private string? _backwardRange;

    private GlobCompiler(string pattern) => _pattern = pattern;

    /// <summary>States of a pattern; null when it is unterminated and matches nothing.</summary>
    public static GlobState[]? Compile(string pattern)
    {
        var compiler = new GlobCompiler(pattern);
        return compiler.Run() ? [.. compiler._states] : null;
    }

    /// <summary>The first range of a terminated pattern whose ends are in the wrong order, such as <c>z-a</c>; null when there is none.</summary>
    public static string? BackwardRangeOf(string pattern)
    {
        var compiler = new GlobCompiler(pattern);
        return compiler.Run() ? compiler._backwardRange : null;
    }

    private readonly ReadOnlySpan<char> Rest => _pattern[_position..];

    private bool Run()
    {
        if (Rest.StartsWith("**/"))
        {
            AddDirectories();
            _position += 3;
        }

        while (_position < _pattern.Length)
        {
            if (!TakeElement())
            {
                return false;
            }
        }

        return true;
    }

    private bool TakeElement()
    {
        switch (_pattern[_position])
        {
            case '/' when TakesDirectories():
                return true;
            case '*':
                var run = Rest.IndexOfAnyExcept('*') is var length && length < 0 ? Rest.Length : length;
                _states.Add(new GlobState(run > 1 ? GlobStateKind.AnyRun : GlobStateKind.Star));
                _position += run;
                return true;
            case '?':
                _states.Add(GlobState.AnyCharacter);
                _position++;
                return true;
            case '[':
                return TakeClass();
            default:
                if (!TryTakeCharacter(out var rune))
                {
                    return false;
                }

                _states.Add(GlobState.Literal(rune));
                return true;
        }
    }

    /// <summary>Takes <c>/**</c> before a <c>/</c> or the end; repetitions mean the same as one.</summary>
    private bool TakesDirectories()
    {
        var taken = 0;
        while (Rest[taken..].StartsWith("/**") && (Rest.Length == taken + 3 || Rest[taken + 3] == '/'))
        {
            taken += 3;
        }

        if (taken == 0)
        {
            return false;
        }

        _position += taken;
        if (_position < _pattern.Length)
        {
            _states.Add(GlobState.Literal('/'));
            AddDirectories();
            _position++;
        }
        else
        {
            _states.Add(new GlobState(GlobStateKind.Skip, Target: _states.Count + 3));
            _states.Add(GlobState.Literal('/'));
            _states.Add(new GlobState(GlobStateKind.AnyRun));
        }

        return true;
    }

    private readonly void AddDirectories()
    {
        _states.Add(new GlobState(GlobStateKind.Skip, Target: _states.Count + 2));
        _states.Add(new GlobState(GlobStateKind.Directories));
    }

    private bool TakeClass()
    {
        _position++;
        var negated = _position < _pattern.Length && _pattern[_position] is '!' or '^';
        _position += negated ? 1 : 0;
        var ranges = new List<(int, int)>();
        for (var first = true; ; first = false)
        {
            if (_position >= _pattern.Length)
            {
                return false;
            }

            if (_pattern[_position] == ']' && !first)
            {
                _position++;
                _states.Add(new GlobState(GlobStateKind.Character, WithoutSlash(ranges), negated));
                return true;
            }

            if (!TryTakeRange(out var range))
            {
                return false;
            }

            ranges.Add(range);
        }
    }

    private bool TryTakeRange(out (int Low, int High) range)
    {
        range = default;
        var start = _position;
        if (!TryTakeCharacter(out var low))
        {
            return false;
        }

        range = (low, low);
        if (Rest.Length < 2 || Rest[0] != '-' || Rest[1] == ']')
        {
            return true;
        }

        _position++;
        if (!TryTakeCharacter(out var high))
        {
            return false;
        }

        range = (low, high);
        if (low > high)
        {
            _backwardRange ??= _pattern[start.._position].ToString();
        }

        return true;
    }

    /// <summary>A class never matches a separator, whatever its ranges span.</summary>
    private static (int Low, int High)[] WithoutSlash(List<(int Low, int High)> ranges) =>
        [.. ranges.SelectMany(r => r.Low <= '/' && r.High >= '/'
            ? new[] { (r.Low, '/' - 1), ('/' + 1, r.High) }
            : [r])];

    private bool TryTakeCharacter(out int rune)
    {
        if (_pattern[_position] == '\\')
        {
            _position++;
        }

        rune = 0;
        if (_position >= _pattern.Length)
        {
            return false;
        }

        var status = Rune.DecodeFromUtf16(Rest, out var decoded, out var consumed);
        rune = status == System.Buffers.OperationStatus.Done ? decoded.Value : Rune.ReplacementChar.Value;
        _position += consumed;
        return true;
    }
}
