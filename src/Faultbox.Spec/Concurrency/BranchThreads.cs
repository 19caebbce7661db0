using System.Globalization;
using System.Runtime.ExceptionServices;

namespace Faultbox.Spec.Concurrency;

/// <summary>The operating system threads of the branches of one <c>parallel()</c>.</summary>
internal static class BranchThreads
{
    private const int StackBytes = 8 * 1024 * 1024;

    /// <summary>Name of a branch.</summary>
    public static string NameOf(int branch) => string.Create(CultureInfo.InvariantCulture, $"parallel-{branch}");

    /// <summary>Runs a function for every branch at the same time and returns when all have ended.</summary>
    /// <param name="count">Number of branches.</param>
    /// <param name="branch">Gets the index of its branch. What it throws is thrown again when all have ended, that of the lowest branch first.</param>
    public static void Run(int count, Action<int> branch)
    {
        var defects = new ExceptionDispatchInfo?[count];
        var threads = new Thread[count];
        for (var i = 0; i < count; i++)
        {
            var index = i;
            threads[i] = new Thread(() => RunOne(index), StackBytes) { IsBackground = true, Name = NameOf(i) };
            threads[i].Start();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        Array.Find(defects, d => d is not null)?.Throw();

        void RunOne(int index)
        {
            try
            {
                branch(index);
            }
            catch (Exception e)
            {
                defects[index] = ExceptionDispatchInfo.Capture(e);
            }
        }
    }
}
