namespace Starlark;

/// <summary>
/// The parts that a text is cut into. Words repeat: a short part that was cut before is taken again, so that it costs no memory and its hash
/// is known. A text whose parts are all different is soon treated as one.
/// </summary>
internal struct TextParts(StarlarkString text)
{
    private const int Few = 32;
    private const int Places = 256;

    /// <summary>So many more new parts than repeated ones, and no part is looked for any more.</summary>
    private const int Different = 1024;

    private StarlarkString?[]? _seen;
    private int _cut;

    /// <summary>The part of some bytes.</summary>
    public Value Part(int start, int count)
    {
        if (_cut < Few || _cut >= Different)
        {
            _cut++;
            return Value.Of(text.Part(start, count));
        }

        _seen ??= new StarlarkString?[Places];
        var part = StarlarkString.FromUtf8(text.Bytes.Slice(start, count), _seen, out var isNew);
        _cut = isNew ? _cut + 1 : Math.Max(Few, _cut - 1);
        return Value.Of(part);
    }
}
