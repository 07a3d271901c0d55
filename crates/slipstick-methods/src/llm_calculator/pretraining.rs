//! Pre-training on machines that fail.

use slipstick_core::formula;

formula! {
    /// Instances that hold the GPUs.
    ///
    /// `instance_count = ceil(N_GPU/n_GPU)`
    ///
    /// $$ N_{instances} = \left\lceil \frac{N_{GPU}}{n_{GPU}} \right\rceil $$
    ///
    /// where N_GPU GPUs, n_GPU of them in an instance; in instances.
    ///
    /// Source: LLM Calculator, "GPU Instance Count".
    pub fn instance_count(gpus: f64, gpus_per_instance: f64) -> f64 {
        libm::ceil(gpus / gpus_per_instance)
    }

    /// Size of one checkpoint.
    ///
    /// `checkpoint_size = r_c·N`
    ///
    /// $$ S_c = r_c\,N $$
    ///
    /// where N parameters in billions, r_c GB for a billion; in GB.
    ///
    /// ```
    /// # use slipstick_methods::llm_calculator::checkpoint_size;
    /// // BLOOM: 176 billion parameters, 2.3 TB; 13.07 GB for a billion.
    /// assert!((checkpoint_size(176.0, 2300.0 / 176.0) - 2300.0).abs() < 1e-9);
    /// assert!((checkpoint_size(1.0, 2300.0 / 176.0) - 13.07).abs() < 0.005);
    /// ```
    ///
    /// Source: LLM Calculator, "Estimating Storage".
    pub fn checkpoint_size(params_b: f64, checkpoint_gb_per_b: f64) -> f64 {
        params_b * checkpoint_gb_per_b
    }

    /// Size of the training text.
    ///
    /// `dataset_size = D/r_t`
    ///
    /// $$ S_d = \frac{D}{r_t} $$
    ///
    /// where D tokens in billions, r_t tokens in a byte; in GB.
    ///
    /// ```
    /// # use slipstick_methods::llm_calculator::dataset_size;
    /// assert!((dataset_size(350.0, 0.21875) - 1600.0).abs() < 1e-9); // BLOOM: 350 billion tokens, 1.6 TB
    /// ```
    ///
    /// Source: LLM Calculator, "Estimating Storage".
    pub fn dataset_size(gtokens: f64, tokens_per_byte: f64) -> f64 {
        gtokens / tokens_per_byte
    }

    /// Compute that one GPU reaches.
    ///
    /// `actual_performance = u/100·τ_peak`
    ///
    /// $$ \tau = \frac{u}{100}\,\tau_{peak} $$
    ///
    /// where τ_peak peak in TFLOP/s, u share of it reached, in percent; in TFLOP/s.
    ///
    /// Source: LLM Calculator, "Estimating Compute".
    pub fn actual_performance(peak_tflops: f64, utilization_pct: f64) -> f64 {
        peak_tflops * utilization_pct / 100.0
    }

    /// Work of the training.
    ///
    /// `training_compute = 6·N·D`
    ///
    /// $$ C = 6\,N\,D $$
    ///
    /// where N parameters and D tokens, both in billions; in TFLOP.
    ///
    /// Source: LLM Calculator, "Estimating Compute"; Kaplan et al. 2020.
    pub fn training_compute(params_b: f64, gtokens: f64) -> f64 {
        6.0 * params_b * gtokens * 1e6
    }

    /// GPU-hours if nothing fails.
    ///
    /// `theoretical_gpu_hours = C/(3600·τ)`
    ///
    /// $$ T = \frac{C}{3600\,\tau} $$
    ///
    /// where C work in TFLOP, τ compute that one GPU reaches in TFLOP/s; in GPU-hours.
    ///
    /// Source: LLM Calculator, "Estimating Time".
    pub fn theoretical_gpu_hours(training_compute: f64, actual_performance: f64) -> f64 {
        training_compute / actual_performance / 3600.0
    }

    /// Days if nothing fails.
    ///
    /// `cluster_theoretical_days = T/(24·N_GPU)`
    ///
    /// $$ T^c = \frac{T}{24\,N_{GPU}} $$
    ///
    /// where T GPU-hours, N_GPU GPUs; in days.
    ///
    /// Source: LLM Calculator, "Estimating Time".
    pub fn cluster_theoretical_days(theoretical_gpu_hours: f64, gpus: f64) -> f64 {
        theoretical_gpu_hours / gpus / 24.0
    }

    /// Days with failures: each costs its recovery and half the time between checkpoints.
    ///
    /// `cluster_actual_days = T^c/(1 - f/100·N_instances·(t_f/24 + 1/(2·f_c)))`
    ///
    /// $$ T^c_{total} = \frac{T^c}{1 - \frac{f}{100}\,N_{instances}\left(\frac{t_f}{24} + \frac{1}{2 f_c}\right)} $$
    ///
    /// where T^c days if nothing fails, f chance in percent that an instance fails in a day, t_f recovery in hours, f_c
    /// checkpoints in a day; in days. Below zero it never ends: failures come faster than they are mended.
    ///
    /// Source: LLM Calculator, "Accounting for Failures".
    pub fn cluster_actual_days(
        cluster_theoretical_days: f64,
        failure_pct_per_instance_day: f64,
        instance_count: f64,
        recovery_hours: f64,
        checkpoints_per_day: f64,
    ) -> f64 {
        let lost = recovery_hours / 24.0 + 1.0 / (2.0 * checkpoints_per_day);
        cluster_theoretical_days / (1.0 - failure_pct_per_instance_day / 100.0 * instance_count * lost)
    }

    /// Failures to expect.
    ///
    /// `expected_failures = f/100·T^c_total·N_instances`
    ///
    /// $$ F = \frac{f}{100}\,T^c_{total}\,N_{instances} $$
    ///
    /// where f chance in percent that an instance fails in a day, T^c_total days; in failures.
    ///
    /// Source: LLM Calculator, "Accounting for Failures".
    pub fn expected_failures(failure_pct_per_instance_day: f64, cluster_actual_days: f64, instance_count: f64) -> f64 {
        failure_pct_per_instance_day / 100.0 * cluster_actual_days * instance_count
    }

    /// GPU-hours spent waiting for recovery.
    ///
    /// `gpu_hours_failed = F·N_GPU·t_f`
    ///
    /// $$ T_f = F\,N_{GPU}\,t_f $$
    ///
    /// where F failures, N_GPU GPUs, t_f recovery in hours; in GPU-hours.
    ///
    /// Source: LLM Calculator, "Accounting for Failures".
    pub fn gpu_hours_failed(expected_failures: f64, gpus: f64, recovery_hours: f64) -> f64 {
        expected_failures * gpus * recovery_hours
    }

    /// GPU-hours spent on work done before and lost.
    ///
    /// `gpu_hours_recomputing = F·N_GPU·24/(2·f_c)`
    ///
    /// $$ T_r = F\,N_{GPU}\,\frac{24}{2 f_c} $$
    ///
    /// where F failures, N_GPU GPUs, f_c checkpoints in a day; in GPU-hours.
    ///
    /// Source: LLM Calculator, "Accounting for Failures".
    pub fn gpu_hours_recomputing(expected_failures: f64, gpus: f64, checkpoints_per_day: f64) -> f64 {
        24.0 / checkpoints_per_day / 2.0 * expected_failures * gpus
    }

    /// Checkpoints written.
    ///
    /// `checkpoint_count = ceil(T^c_total·f_c)`
    ///
    /// $$ n_c = \left\lceil T^c_{total}\,f_c \right\rceil $$
    ///
    /// where T^c_total days, f_c checkpoints in a day; in checkpoints.
    ///
    /// Source: LLM Calculator, checkpoints.
    pub fn checkpoint_count(cluster_actual_days: f64, checkpoints_per_day: f64) -> f64 {
        libm::ceil(cluster_actual_days * checkpoints_per_day)
    }

    /// Size of all checkpoints.
    ///
    /// `cumulative_checkpoint_size = n_c·S_c`
    ///
    /// $$ S = n_c\,S_c $$
    ///
    /// where n_c checkpoints of S_c GB each; in GB.
    ///
    /// Source: LLM Calculator, checkpoints.
    pub fn cumulative_checkpoint_size(checkpoint_count: f64, checkpoint_size: f64) -> f64 {
        checkpoint_count * checkpoint_size
    }

    /// Price of storing the text for the whole run and the checkpoints for half of it, 30.25 days to the month.
    ///
    /// `storage_cost = p_s·(T^c/30.25)·(S_d + S/2)`
    ///
    /// $$ P_s = p_s\,\frac{T^c}{30.25}\left(S_d + \frac{S}{2}\right) $$
    ///
    /// where S_d GB of text, S GB of checkpoints, p_s USD for a GB and month, T^c days if nothing fails; in USD.
    ///
    /// Source: LLM Calculator, costs.
    pub fn storage_cost(
        dataset_size: f64,
        cumulative_checkpoint_size: f64,
        usd_per_gb_month: f64,
        cluster_theoretical_days: f64,
    ) -> f64 {
        usd_per_gb_month * (cluster_theoretical_days / 30.25) * (dataset_size + cumulative_checkpoint_size / 2.0)
    }

    /// Price of the experiments.
    ///
    /// `experiments_cost = e·p`
    ///
    /// $$ P_e = e\,p $$
    ///
    /// where e GPU-hours, p USD for one; in USD.
    ///
    /// Source: LLM Calculator, costs.
    pub fn experiments_cost(experiment_gpu_hours: f64, usd_per_gpu_hour: f64) -> f64 {
        experiment_gpu_hours * usd_per_gpu_hour
    }

    /// Price of waiting for recovery.
    ///
    /// `downtime_cost = T_f·p`
    ///
    /// $$ P_f = T_f\,p $$
    ///
    /// where T_f GPU-hours in recovery, p USD for one; in USD.
    ///
    /// Source: LLM Calculator, costs.
    pub fn downtime_cost(gpu_hours_failed: f64, usd_per_gpu_hour: f64) -> f64 {
        gpu_hours_failed * usd_per_gpu_hour
    }

    /// Price of work done again.
    ///
    /// `recomputation_cost = T_r·p`
    ///
    /// $$ P_r = T_r\,p $$
    ///
    /// where T_r GPU-hours done again, p USD for one; in USD.
    ///
    /// Source: LLM Calculator, costs.
    pub fn recomputation_cost(gpu_hours_recomputing: f64, usd_per_gpu_hour: f64) -> f64 {
        gpu_hours_recomputing * usd_per_gpu_hour
    }

    /// Price of the training if nothing fails.
    ///
    /// `theoretical_training_cost = T·p`
    ///
    /// $$ P_t = T\,p $$
    ///
    /// where T GPU-hours, p USD for one; in USD.
    ///
    /// Source: LLM Calculator, costs.
    pub fn theoretical_training_cost(theoretical_gpu_hours: f64, usd_per_gpu_hour: f64) -> f64 {
        theoretical_gpu_hours * usd_per_gpu_hour
    }

    /// Price of everything.
    ///
    /// `total_training_cost = P_t + P_f + P_r + P_e + P_s`
    ///
    /// $$ P = P_t + P_f + P_r + P_e + P_s $$
    ///
    /// where training, downtime, recomputation, experiments and storage; in USD.
    ///
    /// Source: LLM Calculator, costs.
    pub fn total_training_cost(
        theoretical_training_cost: f64,
        downtime_cost: f64,
        recomputation_cost: f64,
        experiments_cost: f64,
        storage_cost: f64,
    ) -> f64 {
        theoretical_training_cost + downtime_cost + recomputation_cost + experiments_cost + storage_cost
    }
}
