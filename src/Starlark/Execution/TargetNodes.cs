using System.Runtime.CompilerServices;

namespace Starlark.Execution;

/// <summary>Something that can be assigned.</summary>
internal abstract class TargetNode
{
    public abstract void Assign(ref Frame frame, Value value);
}

/// <summary>A target whose most frequent kind, a local variable, is assigned without a virtual call.</summary>
internal readonly struct Destination(TargetNode target)
{
    private readonly TargetNode _target = target;
    private readonly int _slot = target is LocalTarget local ? local.Slot : -1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Assign(ref Frame frame, Value value)
    {
        if (_slot >= 0)
        {
            frame.Local(_slot) = value;
        }
        else
        {
            _target.Assign(ref frame, value);
        }
    }
}

internal sealed class LocalTarget(int slot) : TargetNode
{
    public int Slot => slot;

    public override void Assign(ref Frame frame, Value value) => frame.Local(slot) = value;
}

internal sealed class CellTarget(int slot) : TargetNode
{
    public override void Assign(ref Frame frame, Value value) => ((Cell)frame.Local(slot).Ref!).Value = value;
}

internal sealed class GlobalTarget(int index) : TargetNode
{
    public override void Assign(ref Frame frame, Value value) => frame.Globals[index] = value;
}

internal sealed class IndexTarget(ExpressionNode operand, ExpressionNode key, int place) : TargetNode
{
    public ExpressionNode Operand => operand;

    public ExpressionNode Key => key;

    public int Place => place;

    public override void Assign(ref Frame frame, Value value)
    {
        var x = operand.Evaluate(ref frame);
        Set(x, key.Evaluate(ref frame), value, place, ref frame);
    }

    /// <summary>Assigns an element; that of a list at an index from 0 on the spot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(Value x, Value key, Value value, int place, ref Frame frame)
    {
        frame.Record.At = place;
        if (x.Ref is not StarlarkList list || !list.TrySet(key, value))
        {
            Operators.SetIndex(x, key, value);
        }
    }
}

internal sealed class AttributeTarget(ExpressionNode operand, string name, int place) : TargetNode
{
    public override void Assign(ref Frame frame, Value value)
    {
        var x = operand.Evaluate(ref frame);
        frame.Record.At = place;
        Operators.SetAttribute(x, name, value);
    }
}

/// <summary>Several targets that share the elements of one iterable.</summary>
internal sealed class SequenceTarget(TargetNode[] targets, int place) : TargetNode
{
    private readonly Destination[] _targets = Array.ConvertAll(targets, t => new Destination(t));

    public override void Assign(ref Frame frame, Value value)
    {
        frame.Record.At = place;
        if (value.Ref is StarlarkTuple tuple)
        {
            Check(tuple.Count);
            for (var i = 0; i < _targets.Length; i++)
            {
                _targets[i].Assign(ref frame, tuple[i]);
            }

            return;
        }

        if (value.Ref is StarlarkList { Count: 2 } pair && _targets.Length == 2)
        {
            var (first, second) = (pair.ElementAt(0), pair.ElementAt(1));
            _targets[0].Assign(ref frame, first);
            _targets[1].Assign(ref frame, second);
            return;
        }

        if (value.Ref is not IIterable)
        {
            throw new EvalException($"got {value.TypeName} in sequence assignment");
        }

        var items = Operators.Collect(value);
        Check(items.Length);
        for (var i = 0; i < _targets.Length; i++)
        {
            _targets[i].Assign(ref frame, items[i]);
        }
    }

    /// <summary>Assigns the elements of a tuple that exists as a row only.</summary>
    public void AssignRow(ref Frame frame, in Columns columns, int row)
    {
        frame.Record.At = place;
        Check(columns.Items.Length);
        for (var i = 0; i < _targets.Length; i++)
        {
            _targets[i].Assign(ref frame, columns.Items[i][row]);
        }
    }

    private void Check(int given)
    {
        if (given != _targets.Length)
        {
            throw new EvalException($"too {(given > _targets.Length ? "many" : "few")} values to unpack (got {given}, want {_targets.Length})");
        }
    }
}
