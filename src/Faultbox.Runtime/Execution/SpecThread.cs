namespace Faultbox.Runtime.Execution;

/// <summary>Runs specification code on a thread of its own, whose stack is deep enough for recursive functions.</summary>
internal static class SpecThread
{
    private const int StackBytes = 8 * 1024 * 1024;

    /// <summary>Starts a thread; the task ends with the function's result or exception.</summary>
    public static Task<T> Start<T>(string name, Func<T> function)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(Run, StackBytes) { IsBackground = true, Name = name };
        thread.Start();
        return completion.Task;

        void Run()
        {
            try
            {
                completion.SetResult(function());
            }
            catch (OperationCanceledException)
            {
                completion.SetCanceled(CancellationToken.None);
            }
            catch (Exception e)
            {
                completion.SetException(e);
            }
        }
    }
}
